#!/usr/bin/env python3
"""Times the same epochs as a plain loop against the engine and through the whole pipeline, in turn, and prints the ratios.

    bench/orchestration.py [--data FOLDER] [--pairs 3] [--rounds 4] [--train 10000] [--val 2000]

Builds the bench module first; needs Maven and Java 17 or newer.
"""
import argparse
import os
import subprocess

from engine_vs_peer import class_path


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--data', default='/usr/share/datasets/fashion-mnist', help='folder of the four IDX .gz files')
    p.add_argument('--pairs', default='3', help='times that each side runs')
    p.add_argument('--rounds', default='4', help='epochs of one run')
    p.add_argument('--train', default='10000', help='images')
    p.add_argument('--val', default='2000', help='images')
    p.add_argument('--online', action='store_true', help='let Maven download what is missing')
    o = p.parse_args()
    quiet = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'logback-quiet.xml')
    subprocess.run(['java', '-Xmx2g', '-Dlogback.configurationFile=' + quiet, '-cp', class_path(not o.online),
                    'dev.frl.bench.Orchestration', o.data, o.pairs, o.rounds, o.train, o.val], check=True)


if __name__ == '__main__':
    main()
