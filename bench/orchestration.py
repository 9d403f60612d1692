#!/usr/bin/env python3
"""Times the same epochs as a plain loop against the engine and through the whole pipeline, in turn, and prints the ratios.

    bench/orchestration.py [--data FOLDER] [--pairs 3] [--rounds 25] [--train 10000] [--val 2000]

Every run is a separate process with the options of scripts/frl, so that both sides start cold: the mean of all rounds includes Java's compilation in the
first ones, the median does not. Builds the bench module first; needs Maven and Java 17 or newer.
"""
import argparse
import os
import statistics

from engine_vs_peer import ROOT, as_services, class_path, last_json


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--java', default='java')
    p.add_argument('--data', default='/usr/share/datasets/fashion-mnist', help='folder of the four IDX .gz files')
    p.add_argument('--arch', nargs='+', default=['cnn-small', 'cnn-bn'])
    p.add_argument('--pairs', type=int, default=3, help='number of runs of each side')
    p.add_argument('--rounds', default='25', help='epochs of one run')
    p.add_argument('--train', default='10000', help='number of training images')
    p.add_argument('--val', default='2000', help='number of validation images')
    p.add_argument('--online', action='store_true', help='let Maven download what is missing')
    o = p.parse_args()
    quiet = '-Dlogback.configurationFile=' + os.path.join(ROOT, 'bench', 'logback-quiet.xml')
    java = [*as_services(o.java), '-Xmx2g', quiet, '-cp', class_path(not o.online), 'dev.frl.bench.Orchestration']
    for arch in o.arch:
        ratios = {'mean': [], 'median': []}
        for _ in range(o.pairs):
            plain, pipeline = (last_json([*java, side, o.data, arch, o.rounds, o.train, o.val]) for side in ('plain', 'pipeline'))
            print(arch)
            for name, side in (('plain', plain), ('pipeline', pipeline)):
                print('  %-9s round: mean %.2f s, median %.2f s; training in it %.2f s' % (
                    name, statistics.mean(side['rounds_s']), statistics.median(side['rounds_s']), statistics.median(side['training_s'])), flush=True)
            for kind, average in (('mean', statistics.mean), ('median', statistics.median)):
                ratios[kind].append(average(pipeline['rounds_s']) / average(plain['rounds_s']))
        for kind, all_pairs in ratios.items():
            print('%s: pipeline / plain, %s round: median of %d pairs %.3f %s' % (
                arch, kind, o.pairs, statistics.median(all_pairs), ['%.3f' % r for r in sorted(all_pairs)]), flush=True)


if __name__ == '__main__':
    main()
