#!/usr/bin/env python3
"""Runs a trainer and two attackers of one net at the same time, as separate processes, and adds up their peak resident memory.

    bench/memory_together.py --engines dl4j torch

The work is that of dev.frl.bench.Memory: TRADES in batches of 128 and PGD in chunks of 512, on random images of CIFAR-10's shape and number. Broker,
controller and Kafka clients are not included. Exits with 1 if a sum is above --limit. Linux only; needs Maven and Java 17 or newer.
"""
import argparse
import json
import subprocess

from engine_vs_peer import as_services, class_path


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--engines', nargs='+', default=['dl4j', 'torch'], choices=['dl4j', 'torch'])
    p.add_argument('--arch', default='preactresnet18')
    p.add_argument('--attackers', type=int, default=2)
    p.add_argument('--threads', default='2', help='threads of each process')
    p.add_argument('--heap', default='2g', help='maximum Java heap of each process')
    p.add_argument('--seconds', default='100', help='least time that each process works; it completes its last piece of work')
    p.add_argument('--limit', type=float, default=8, help='allowed sum in GiB')
    p.add_argument('--java', default='java')
    p.add_argument('--online', action='store_true', help='let Maven download what is missing')
    o = p.parse_args()
    good = True
    for engine in o.engines:
        java = [*as_services(o.java), '-Xmx' + o.heap, '-cp', class_path(not o.online, engine), 'dev.frl.bench.Memory', '--engine', engine,
                '--arch', o.arch, '--threads', o.threads, '--seconds', o.seconds]
        running = [subprocess.Popen([*java, '--role', role], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
                   for role in ['trainer'] + ['attacker'] * o.attackers]
        results = []
        for process in running:
            out, _ = process.communicate()
            if process.returncode:
                raise SystemExit('%s: a process exited with %d' % (engine, process.returncode))
            results.append(json.loads(out.strip().splitlines()[-1]))
        for r in results:
            print('%-6s %-9s peak %5d MiB, %d pieces of work' % (engine, r['role'], r['peak_mib'], r['done']))
        total = sum(r['peak_mib'] for r in results) / 1024
        print('%-6s together  %5.2f GiB of %s' % (engine, total, o.limit), flush=True)
        good &= total <= o.limit
    raise SystemExit(0 if good else 1)


if __name__ == '__main__':
    main()
