#!/usr/bin/env python3
"""Times one round (PGD-20 on validation data, then an epoch of TRADES) of an engine and of the PyTorch peer, in alternation on this machine.

    bench/engine_vs_peer.py --python /path/to/python-with-torch --arch cnn-small cnn-bn --repeats 3
    bench/engine_vs_peer.py --python ... --arch preactresnet18 --images 3x32x32 --train 128 --val 64 --rounds 2 --repeats 2

The peer runs in both of PyTorch's memory layouts. Prints one line a run and, for each architecture, the median of the ratios ours / faster peer of
neighbouring runs: neighbours share what else the machine is doing. Builds the bench module first; needs Maven, Java 17 or newer, and for the peer a Python with torch and numpy.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
SERVICES_JVM = os.path.join(ROOT, 'scripts', 'lib', 'services.jvm')  # as users start it


def class_path(offline, engine='dl4j'):
    """Of the bench module and of one engine: two engines do not share a process, nor the versions of what they stand on."""
    modules = ['bench', 'libs/engine/' + engine]
    profile = ['-Ptorch'] if engine == 'torch' else []
    file = os.path.join('target', 'classpath.txt')  # of each module
    subprocess.run(['mvn', '-q', '-B', *(['-o'] if offline else []), *profile, '-Dquick', '-pl', ','.join(modules), '-am', 'test-compile',
                    'dependency:build-classpath', '-Dmdep.outputFile=' + file, '-DincludeScope=runtime'],
                   cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return ':'.join(os.path.join(ROOT, m, 'target', 'classes') + ':' + open(os.path.join(ROOT, m, file)).read().strip() for m in modules)


def last_json(command):
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return json.loads(out.strip().splitlines()[-1])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--python', default='python3', help='runs the peer; needs torch and numpy')
    p.add_argument('--java', default='java')
    p.add_argument('--data', default='/usr/share/datasets/fashion-mnist', help='folder of the four IDX .gz files')
    p.add_argument('--arch', nargs='+', default=['cnn-small', 'cnn-bn'])
    p.add_argument('--engine', default='dl4j', choices=['dl4j', 'torch'])
    p.add_argument('--images', default='1x28x28', choices=['1x28x28', '3x32x32'], help='3x32x32: with a border, three times over as channels')
    p.add_argument('--train', default='4000')
    p.add_argument('--val', default='1000')
    p.add_argument('--rounds', default='3', help='of each run; its median counts')
    p.add_argument('--repeats', type=int, default=3, help='runs of each side')
    p.add_argument('--threads', default='2')
    p.add_argument('--online', action='store_true', help='let Maven download what is missing')
    o = p.parse_args()
    same = ['--data', o.data, '--train', o.train, '--val', o.val, '--rounds', o.rounds, '--threads', o.threads, '--images', o.images]
    ours = [o.java, '@' + SERVICES_JVM, '-Xmx2g', '-cp', class_path(not o.online, o.engine), 'dev.frl.bench.EngineRound', '--engine', o.engine, *same]
    peer = [o.python, os.path.join(HERE, 'peer', 'frl_reference.py'), 'bench', *same]
    total = lambda run: run['train_epoch_s'] + run['validation_s']
    for arch in o.arch:
        ratios = {'train': [], 'validation': [], 'round': []}
        for _ in range(o.repeats):
            plain, last = last_json(peer + ['--arch', arch]), last_json(peer + ['--arch', arch, '--channels-last'])
            b = last_json(ours + ['--arch', arch])
            print('%s  validation + training epoch: peer %.2f + %.2f s, channels last %.2f + %.2f s  %s %.2f + %.2f s  (%s)' % (
                arch, plain['validation_s'], plain['train_epoch_s'], last['validation_s'], last['train_epoch_s'],
                o.engine, b['validation_s'], b['train_epoch_s'], plain['peer']))
            sys.stdout.flush()
            a = min(plain, last, key=total)
            ratios['train'].append(b['train_epoch_s'] / a['train_epoch_s'])
            ratios['validation'].append(b['validation_s'] / a['validation_s'])
            ratios['round'].append(total(b) / total(a))
        print('%s  %s / faster peer, median of %d: %s' % (
            arch, o.engine, o.repeats, ', '.join('%s %.2f' % (k, statistics.median(v)) for k, v in ratios.items())))


if __name__ == '__main__':
    main()
