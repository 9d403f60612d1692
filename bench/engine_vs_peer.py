#!/usr/bin/env python3
"""Times one round (PGD-20 on validation data, then an epoch of training) of each engine and of the PyTorch peer, in alternation on this machine.

    bench/engine_vs_peer.py --python /path/to/python-with-torch --arch cnn-small cnn-bn --repeats 3
    bench/engine_vs_peer.py --python /path/to/python-with-torch --method natural --val 64
    bench/engine_vs_peer.py --python /path/to/python-with-torch --arch preactresnet18 --train 128 --val 64 --rounds 1

The peer runs in both of PyTorch's memory layouts, and the faster round of the two counts. Prints one line per run and, for each architecture and engine,
the median of the ratios ours / peer of neighbouring runs, which see the same load of the machine. Builds the bench module first; needs Maven, Java 17 or newer, and for the peer a Python with torch and numpy.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
SERVICES = os.path.join(ROOT, 'scripts', 'lib', 'services.')


def class_path(offline, engine='dl4j'):
    """Class path of the bench module and one engine. Two engines cannot share a process: they need different versions of their libraries."""
    modules = ['bench', 'libs/engine/' + engine]
    profile = ['-Ptorch'] if engine == 'torch' else []
    file = os.path.join('target', 'classpath.txt')  # in each module
    subprocess.run(['mvn', '-q', '-B', *(['-o'] if offline else []), *profile, '-Dquick', '-pl', ','.join(modules), '-am', 'test-compile',
                    'dependency:build-classpath', '-Dmdep.outputFile=' + file, '-DincludeScope=runtime'],
                   cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return ':'.join(os.path.join(ROOT, m, 'target', 'classes') + ':' + open(os.path.join(ROOT, m, file)).read().strip() for m in modules)


def as_services(java):
    """Command that starts Java with the environment and the options of scripts/frl."""
    return ['bash', '-c', '. "$0" && exec "$@"', SERVICES + 'env', java, '@' + SERVICES + 'jvm']


def last_json(command):
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return json.loads(out.strip().splitlines()[-1])


def seconds(result):
    return result['validation_s'] + result['train_epoch_s']


def line(name, result):
    print('  %-22s %7.2f + %7.2f s  (validation + training epoch), training accuracy %.3f' % (
        name, result['validation_s'], result['train_epoch_s'], result['train_accuracy']), flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--python', default='python3', help='Python for the peer, with torch and numpy')
    p.add_argument('--java', default='java')
    p.add_argument('--data', default='/usr/share/datasets/fashion-mnist', help='folder of the four IDX .gz files')
    p.add_argument('--arch', nargs='+', default=['cnn-small', 'cnn-bn'], help='architectures; preactresnet18 needs few images, since a batch takes a minute')
    p.add_argument('--method', default='trades', choices=['natural', 'pgd-at', 'trades'])
    p.add_argument('--engines', nargs='+', default=['dl4j', 'torch'], choices=['dl4j', 'torch'])
    p.add_argument('--train', default='10000')
    p.add_argument('--val', default='2000')
    p.add_argument('--rounds', default='3', help='rounds of each run; their median counts')
    p.add_argument('--repeats', type=int, default=3, help='number of runs of each side')
    p.add_argument('--threads', default='2')
    p.add_argument('--online', action='store_true', help='let Maven download what is missing')
    o = p.parse_args()
    same = ['--data', o.data, '--train', o.train, '--val', o.val, '--rounds', o.rounds, '--threads', o.threads, '--method', o.method]
    peer = [o.python, os.path.join(HERE, 'peer', 'frl_reference.py'), 'bench', '--rate1', '0', '--rate2', '0', *same]  # even weights, as ours
    ours = {engine: [*as_services(o.java), '-Xmx2g', '-cp', class_path(not o.online, engine), 'dev.frl.bench.EngineRound', '--engine', engine, *same]
            for engine in o.engines}
    for arch in o.arch:
        ratios = {engine: {'train': [], 'validation': [], 'round': []} for engine in o.engines}
        for _ in range(o.repeats):
            print(arch, o.method)
            layouts = {'peer': peer, 'peer --channels-last': [*peer, '--channels-last']}
            peers = {name: last_json([*command, '--arch', arch]) for name, command in layouts.items()}
            for name, result in peers.items():
                line(name, result)
            faster = min(peers.values(), key=seconds)
            for engine, command in ours.items():
                result = last_json([*command, '--arch', arch])
                line(engine, result)
                ratios[engine]['train'].append(result['train_epoch_s'] / faster['train_epoch_s'])
                ratios[engine]['validation'].append(result['validation_s'] / faster['validation_s'])
                ratios[engine]['round'].append(seconds(result) / seconds(faster))
        for engine, values in ratios.items():
            print('%s: %s / the faster peer, median of %d: %s' % (
                arch, engine, o.repeats, ', '.join('%s %.2f' % (k, statistics.median(v)) for k, v in values.items())), flush=True)


if __name__ == '__main__':
    main()
