#!/usr/bin/env python3
"""Compares engines with PyTorch on one checkpoint and test images of Fashion-MNIST: logits, gradients, and predictions under attack.

    bench/same_numbers.py CHECKPOINT.safetensors --arch cnn-bn --engines dl4j torch reference

PyTorch computes in double precision, so that all differences come from an engine's rounding. Compared are

- logits;
- gradients g of the cross-entropy with respect to each image, whose pixels are kept 0.01 away from black and white. The distance is the Euclidean length
  of the difference of both g / |g|. An engine shows g / |g| as the direction of a step in L2; it does not compute |g|, which attacks do not need. If
  a ReLU's input is within 1e-6 of 0, its kink, rounding decides whether the unit is active: then the nearest of PyTorch's gradients with the unit active
  or inactive counts, and the image is counted as "at a kink". Images with gradient 0 on both sides are left out and counted;
- predictions before and after PGD-20 from the same seeded starts.

Exits with 1 if logits differ by more than 1e-4, if a gradient differs by more than 1e-3 or is 0 on one side alone, if more than 1 % of the images are at a
kink, or if the predictions differ for more than 0.1 %. Needs a Python with torch, numpy and safetensors, Maven, and Java 17 or newer.
"""
import argparse
import itertools
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, 'peer')]
import frl_reference as peer  # noqa: E402
from engine_vs_peer import as_services, class_path  # noqa: E402

EPSILON, STEP, STEPS = np.float32(.1), np.float32(.025), 20
INNER = np.float32(.01)
FAR, KINK = 1e-3, 1e-6
MODULES = {'dl4j': 'dl4j', 'torch': 'torch', 'reference': 'contract'}


def uniform(seeds, positions):
    """Counter hash from which the attacks' random starts are drawn: shape [seeds, positions], in [0, 1)."""
    with np.errstate(over='ignore'):
        z = seeds[:, None].astype(np.uint64) + (np.arange(positions, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) / 2.0**53


def predictions(net, x, y):
    """Predicted classes before and after PGD-20; the attack on an image ends as soon as it is misclassified."""
    clean = net(x).argmax(1)
    shift = torch.tensor((2 * uniform(np.arange(len(x)), x[0].numel()) - 1).astype(np.float32) * EPSILON).double().view(x.shape)
    attacked, point = clean.clone(), (x + shift).clamp(0, 1)
    standing = (clean == y).nonzero()[:, 0]
    for step in range(STEPS + 1):
        p = point[standing].requires_grad_(True)
        z = net(p)
        attacked[standing] = z.argmax(1)
        slope, = torch.autograd.grad(F.cross_entropy(z, y[standing], reduction='sum'), p)
        near = x[standing]
        moved = p.detach() + float(STEP) * slope.sign()
        point[standing] = torch.max(torch.min(moved, near + float(EPSILON)), near - float(EPSILON)).clamp(0, 1)
        standing = standing[z.argmax(1) == y[standing]]
        if len(standing) == 0:
            break
    return clean, attacked


def inner(x):
    return x.clamp(float(INNER), float(1 - INNER))


def directions(net, x, y):
    """Gradients of the cross-entropy with respect to the pixels, shape [images, pixels], each divided by its length; a zero gradient stays 0."""
    p = inner(x).requires_grad_(True)
    g, = torch.autograd.grad(F.cross_entropy(net(p), y, reduction='sum'), p)
    return F.normalize(g.flatten(1), dim=1, eps=1e-300)


def hooked(net, hook, forward):
    """Result of {forward} with a forward hook on every ReLU: {hook} gets module and input, and may return another output."""
    hooks = [m.register_forward_hook(lambda m, i, o: hook(m, i[0])) for m in net.modules() if isinstance(m, torch.nn.ReLU)]
    try:
        return forward()
    finally:
        for h in hooks:
            h.remove()


def either_side(net, x, y):
    """Directions of one image with its units at a kink active and inactive, shape [combinations, pixels]; empty if there are none or more than 8."""
    near = []
    with torch.no_grad():
        hooked(net, lambda m, z: near.extend((m, k) for k in (z.flatten().abs() < KINK).nonzero()[:, 0].tolist()), lambda: net(inner(x)))
    if not 1 <= len(near) <= 8:
        return torch.empty(0, x[0].numel())

    def gate(m, z, sides):
        active = z.detach() > 0
        for (unit_of, k), side in zip(near, sides):
            if unit_of is m:
                active.view(-1)[k] = side
        return z * active

    return torch.cat([hooked(net, lambda m, z: gate(m, z, sides), lambda: directions(net, x, y))
                      for sides in itertools.product((False, True), repeat=len(near))])


def gradients(net, x, y, slopes, theirs):
    """Prints the distances of an engine's directions from PyTorch's; returns whether they are small enough."""
    flat, flat_there = (slopes == 0).all(1), (theirs == 0).all(1)
    off = (theirs - slopes).norm(dim=1)
    kinks = 0
    for i in (off > FAR).nonzero()[:, 0].tolist():
        sides = either_side(net, x[i:i + 1], y[i:i + 1])
        nearest = (theirs[i] - sides).norm(dim=1).min().item() if len(sides) else off[i]
        if nearest <= FAR:
            off[i] = nearest
            kinks += 1
    off = off[~(flat & flat_there)].sort().values
    far = (off > FAR).sum().item()
    print('          gradients: median distance %.1e, largest %.1e; %d of %d above 1e-3, %d at a kink; 0 in PyTorch %d, in the engine %d' % (
        off.median(), off[-1], far, len(off), kinks, flat.sum(), flat_there.sum()))
    return far == 0 and kinks <= len(x) / 100


def engine_numbers(o, engine):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, 'numbers.safetensors')
        subprocess.run([*as_services(o.java), '-Xmx2g', '-cp', class_path(not o.online, MODULES[engine]), 'dev.frl.bench.EngineNumbers',
                        '--engine', engine, '--checkpoint', o.checkpoint, '--arch', o.arch, '--data', o.data, '--count', str(o.count), '--out', out],
                       check=True)
        return load_file(out)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('checkpoint', help='safetensors file')
    p.add_argument('--arch', default='cnn-small', choices=('cnn-small', 'cnn-bn'))
    p.add_argument('--engines', nargs='+', default=['dl4j'], choices=list(MODULES))
    p.add_argument('--count', type=int, default=2000, help='number of test images')
    p.add_argument('--data', default='/usr/share/datasets/fashion-mnist', help='folder of the four IDX .gz files')
    p.add_argument('--java', default='java')
    p.add_argument('--online', action='store_true', help='let Maven download what is missing')
    o = p.parse_args()
    net = (peer.cnn_small if o.arch == 'cnn-small' else peer.cnn_bn)()
    net.load_state_dict(load_file(o.checkpoint))
    net = net.double().eval()
    x = torch.tensor((peer.idx(o.data + '/t10k-images-idx3-ubyte.gz')[:o.count] / np.float32(255)).astype(np.float32)).double()[:, None]
    y = torch.tensor(peer.idx(o.data + '/t10k-labels-idx1-ubyte.gz')[:o.count].astype(np.int64))
    with torch.no_grad():
        logits = net(x)
    slopes = directions(net, x, y)
    clean, attacked = predictions(net, x, y)
    print('%d images: PyTorch misclassifies %d clean, %d after PGD-20; largest logit %.1f' % (
        o.count, (clean != y).sum(), (attacked != y).sum(), logits.abs().max()))
    good = True
    for engine in o.engines:
        theirs = engine_numbers(o, engine)
        apart = (theirs['logits'].double() - logits).abs().max().item()
        other = ((theirs['clean'] != clean) | (theirs['attacked'] != attacked)).sum().item()
        errors = [((theirs['attacked'] != y) & (y == c)).sum().item() - ((attacked != y) & (y == c)).sum().item() for c in range(10)]
        print('%-9s logits within %.1e' % (engine, apart))
        good &= gradients(net, x, y, slopes, theirs['directions'].double())
        print('          %d images with other predictions; robust errors per class differ by %s' % (other, errors))
        good &= apart <= 1e-4 and other <= o.count / 1000
    raise SystemExit(0 if good else 1)


if __name__ == '__main__':
    main()
