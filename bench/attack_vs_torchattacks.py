#!/usr/bin/env python3
"""Times PGD-20 by each engine and by torchattacks, in alternation on this machine: the same checkpoint, Fashion-MNIST's test images.

    bench/attack_vs_torchattacks.py .frl/checkpoints/RUN/epoch-0010/averaged.safetensors --python /path/to/python-with-torchattacks

Prints seconds, the ratio torchattacks / ours, and both sides' robust errors of every class: ours must not be lower, or the attack is faster because it
is weaker. Neither loading nor the first tenth of the images is timed. Builds the bench module first; needs Maven and Java 17 or newer, and a Python with torch,
torchattacks, safetensors and numpy.
"""
import argparse
import json
import os
import statistics
import sys
import time

from engine_vs_peer import HERE, as_services, class_path, last_json


def theirs(o):
    """Times torchattacks. Runs in the Python that has torch."""
    import torch
    import torchattacks
    from safetensors.torch import load_file
    sys.path.insert(0, os.path.join(HERE, 'peer'))
    import frl_reference as peer
    torch.set_num_threads(int(o.threads))
    torch.manual_seed(0)
    net = (peer.cnn_small if o.arch == 'cnn-small' else peer.cnn_bn)()
    net.load_state_dict(load_file(o.checkpoint))
    net.eval()
    x = torch.tensor(peer.idx(o.data + '/t10k-images-idx3-ubyte.gz') / 255., dtype=torch.float32)[:, None]
    y = torch.tensor(peer.idx(o.data + '/t10k-labels-idx1-ubyte.gz')).long()
    if o.channels_last:
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    attack = torchattacks.PGD(net, eps=.1, alpha=.025, steps=20, random_start=True)
    batches = list(zip(x.split(500), y.split(500)))
    for a, b in batches[:2]:
        attack(a, b)
    begin = time.perf_counter()
    wrong = []
    for a, b in batches:
        adversarial = attack(a, b)
        with torch.no_grad():
            wrong.append((net(a).argmax(1) != b) | (net(adversarial).argmax(1) != b))
    seconds = time.perf_counter() - begin
    wrong = torch.cat(wrong)
    print(json.dumps({'seconds': seconds, 'robust': [wrong[y == c].float().mean().item() for c in range(10)]}))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('checkpoint', help='safetensors file')
    p.add_argument('--arch', default='cnn-small', choices=('cnn-small', 'cnn-bn'))
    p.add_argument('--python', default='python3')
    p.add_argument('--java', default='java')
    p.add_argument('--data', default='/usr/share/datasets/fashion-mnist', help='folder of the four IDX .gz files')
    p.add_argument('--engines', nargs='+', default=['dl4j', 'torch'], choices=['dl4j', 'torch'])
    p.add_argument('--repeats', type=int, default=3)
    p.add_argument('--threads', default='2')
    p.add_argument('--online', action='store_true', help='let Maven download what is missing')
    p.add_argument('--theirs', action='store_true', help=argparse.SUPPRESS)
    p.add_argument('--channels-last', action='store_true', help=argparse.SUPPRESS)
    o = p.parse_args()
    if o.theirs:
        return theirs(o)
    same = ['--arch', o.arch, '--data', o.data, '--threads', o.threads]
    ours = {engine: [*as_services(o.java), '-Xmx2g', '-cp', class_path(not o.online, engine), 'dev.frl.bench.EngineAttack', '--engine', engine,
                     '--checkpoint', o.checkpoint, *same] for engine in o.engines}
    peer = [o.python, os.path.abspath(__file__), o.checkpoint, '--theirs', *same]
    ratios = {engine: [] for engine in o.engines}
    for _ in range(o.repeats):
        peers = {'torchattacks': last_json(peer), 'torchattacks, channels last': last_json([*peer, '--channels-last'])}
        for name, result in peers.items():
            print('%-28s %6.2f s' % (name, result['seconds']), flush=True)
        faster = min(peers.values(), key=lambda r: r['seconds'])
        for engine, command in ours.items():
            result = last_json(command)
            ratios[engine].append(faster['seconds'] / result['seconds'])
            print('%-28s %6.2f s  %.2f times as fast' % (engine, result['seconds'], ratios[engine][-1]))
            print('  robust error of each class, ours:         ' + ' '.join('%6.2f' % (100 * r) for r in result['robust']))
            print('  robust error of each class, torchattacks: ' + ' '.join('%6.2f' % (100 * r) for r in faster['robust']))
    for engine, values in ratios.items():
        print('%s: %s times as fast as torchattacks, median of %d: %.2f' % (o.arch, engine, o.repeats, statistics.median(values)))


if __name__ == '__main__':
    main()
