#!/usr/bin/env python3
"""Loads a checkpoint into PyTorch, attacks it with torchattacks, and compares the errors of every class with the recorded ones.

    pip install torch torchattacks safetensors numpy
    bench/external_check.py .frl/runs/RUN .frl/checkpoints/RUN/epoch-0010/averaged.safetensors

The nets come from bench/peer, the weights from safetensors.torch.load_file, and the attack (PGD or APGD from a random start, in
L-infinity or L2) from torchattacks, so the check shares no code with the pipeline. The options must describe the run's test attack.
A sample counts as a robust error if it is misclassified with or without attack. Prints the largest difference in points, and exits
with 1 if it is more than --within.
"""
import argparse
import csv
import os
import sys

import numpy as np
import torch
import torchattacks
from safetensors.torch import load_file

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'peer'))
import frl_reference as peer  # noqa: E402


class Unnormalised(torch.nn.Module):
    """Wraps a net that takes pixels in [0, 1], since torchattacks expects a module."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x)


def ours(run, weights):
    """Standard and robust error of each class on the test images, as recorded."""
    errors = {}
    with open(os.path.join(run, 'per_class.csv'), newline='') as f:
        for row in csv.DictReader(f):
            if row['images'] == 'test' and row['weights'] == weights:
                errors[int(row['label'])] = (float(row['standard_error']), float(row['robust_error']))
    if not errors:
        raise SystemExit(f'{run}/per_class.csv has no test errors of the {weights} weights; choose other --weights, or a run that has ended')
    return np.array([errors[i] for i in sorted(errors)])


def attack_on(net, o):
    if o.attack == 'apgd':
        return torchattacks.APGD(net, norm={'linf': 'Linf', 'l2': 'L2'}[o.norm], eps=o.epsilon, steps=o.steps, seed=o.seed,
                                 loss={'cross-entropy': 'ce', 'dlr': 'dlr'}[o.loss])
    if o.loss != 'cross-entropy':
        raise SystemExit('torchattacks has PGD on cross-entropy only; --loss dlr needs --attack apgd')
    pgd = torchattacks.PGD if o.norm == 'linf' else torchattacks.PGDL2
    return pgd(net, eps=o.epsilon, alpha=o.epsilon / 4, steps=o.steps, random_start=True)


def theirs(o):
    net = (peer.cnn_small if o.arch == 'cnn-small' else peer.cnn_bn)()
    net.load_state_dict(load_file(o.checkpoint))
    net = Unnormalised(net).eval()
    x = torch.tensor(peer.idx(o.data + '/t10k-images-idx3-ubyte.gz') / 255., dtype=torch.float32)[:, None]
    y = torch.tensor(peer.idx(o.data + '/t10k-labels-idx1-ubyte.gz').astype(np.int64))
    attack = attack_on(net, o)
    standard, robust = [], []
    for i in range(0, len(x), 500):
        xb, yb = x[i:i + 500], y[i:i + 500]
        clean = net(xb).argmax(1) != yb
        standard.append(clean)
        robust.append(clean | (net(attack(xb, yb)).argmax(1) != yb))
    standard, robust = torch.cat(standard), torch.cat(robust)
    return np.array([[e[y == c].float().mean().item() for e in (standard, robust)] for c in range(10)])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('run', help='folder of the recorded run')
    p.add_argument('checkpoint', help='safetensors file of the run')
    p.add_argument('--weights', default='last', help='recorded test errors to compare with: last or best')
    p.add_argument('--arch', default='cnn-small', choices=('cnn-small', 'cnn-bn'))
    p.add_argument('--attack', default='pgd', choices=('pgd', 'apgd'))
    p.add_argument('--norm', default='linf', choices=('linf', 'l2'))
    p.add_argument('--loss', default='cross-entropy', choices=('cross-entropy', 'dlr'))
    p.add_argument('--steps', type=int, default=20)
    p.add_argument('--epsilon', type=float, default=.1)
    p.add_argument('--data', default='/usr/share/datasets/fashion-mnist', help='folder of the four IDX .gz files')
    p.add_argument('--within', type=float, default=2., help='allowed difference in points')
    p.add_argument('--seed', type=int, default=0)
    o = p.parse_args()
    torch.manual_seed(o.seed)
    a, b = ours(o.run, o.weights), theirs(o)
    print('class   standard ours / PyTorch     robust ours / PyTorch')
    for c in range(10):
        print('%5d   %8.2f %8.2f           %8.2f %8.2f' % (c, *(100 * v for v in (a[c, 0], b[c, 0], a[c, 1], b[c, 1]))))
    gap = 100 * abs(a - b).max(axis=0)
    print('largest difference: standard %.2f, robust %.2f points' % tuple(gap))
    raise SystemExit(0 if gap.max() <= o.within else 1)


if __name__ == '__main__':
    main()
