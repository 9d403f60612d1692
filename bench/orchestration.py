#!/usr/bin/env python3
"""Times the same epochs as a plain loop against the engine and through the whole pipeline, in turn, and prints the ratios.

    bench/orchestration.py [--data FOLDER] [--pairs 3] [--rounds 12] [--train 10000] [--val 2000]

Every run is a process of its own with the options of scripts/frl, so that both sides start cold. Builds the bench module first; needs Maven and Java 17
or newer.
"""
import argparse
import os
import statistics

from engine_vs_peer import ROOT, SERVICES_JVM, class_path, last_json


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--java', default='java')
    p.add_argument('--data', default='/usr/share/datasets/fashion-mnist', help='folder of the four IDX .gz files')
    p.add_argument('--arch', nargs='+', default=['cnn-small', 'cnn-bn'])
    p.add_argument('--pairs', type=int, default=3, help='times that each side runs')
    p.add_argument('--rounds', default='12', help='epochs of one run')
    p.add_argument('--train', default='10000', help='images')
    p.add_argument('--val', default='2000', help='images')
    p.add_argument('--online', action='store_true', help='let Maven download what is missing')
    o = p.parse_args()
    quiet = '-Dlogback.configurationFile=' + os.path.join(ROOT, 'bench', 'logback-quiet.xml')
    java = [o.java, '@' + SERVICES_JVM, '-Xmx2g', quiet, '-cp', class_path(not o.online), 'dev.frl.bench.Orchestration']
    for arch in o.arch:
        ratios = []
        for _ in range(o.pairs):
            plain, pipeline = (last_json([*java, side, o.data, arch, o.rounds, o.train, o.val])['round_s'] for side in ('plain', 'pipeline'))
            ratios.append(pipeline / plain)
            print('%s: a round: plain %.2f s, pipeline %.2f s, ratio %.3f' % (arch, plain, pipeline, ratios[-1]), flush=True)
        print('%s: median of %d: %.3f' % (arch, o.pairs, statistics.median(ratios)))


if __name__ == '__main__':
    main()
