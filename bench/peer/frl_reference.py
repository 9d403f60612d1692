"""The peer: Fair Robust Learning in plain PyTorch on Fashion-MNIST, which the engines are measured against.

What a researcher would write: one process, eager mode, TRADES with per-class weights and margins, PGD-20 on validation data before each epoch.
Needs torch and numpy. bench/engine_vs_peer.py runs it in alternation with an engine of this project.

    python frl_reference.py bench                  # times rounds (validation, then a training epoch) and prints the median as JSON
    python frl_reference.py bench --channels-last  # the same, with PyTorch's faster memory layout
    python frl_reference.py train --seed 0 --average 0.7   # warm start, FRL, and the equally long control; prints class-wise errors as JSON
"""
import argparse, gzip, json, os, struct, sys, time
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../libs/engine/contract/golden'))
from published_nets import NETS  # noqa: E402

C = 10


def idx(path):
    raw = gzip.open(path).read()
    shape = struct.unpack('>' + 'I' * raw[3], raw[4:4 + 4 * raw[3]])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def cnn_small(w=16):
    """Two 4x4 stride-2 convolutions (w, 2w channels) and 100 hidden units: 166,406 parameters at w=16."""
    return nn.Sequential(nn.Conv2d(1, w, 4, stride=2, padding=1), nn.ReLU(), nn.Conv2d(w, 2 * w, 4, stride=2, padding=1), nn.ReLU(),
                         nn.Flatten(), nn.Linear(2 * w * 49, 100), nn.ReLU(), nn.Linear(100, C))


def cnn_bn(w=16):
    """Four 3x3 convolutions with batch norm (w, 2w, 4w, 4w channels, strides 1, 2, 2, 2), global average pooling."""
    layers, c = [], 1
    for o, s in ((w, 1), (2 * w, 2), (4 * w, 2), (4 * w, 2)):
        layers += [nn.Conv2d(c, o, 3, stride=s, padding=1), nn.BatchNorm2d(o), nn.ReLU()]
        c = o
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, C))


def attack(m, x, y, eps, step, n, kl=False):
    m.eval()
    e = eps.view(-1, 1, 1, 1) if torch.is_tensor(eps) else eps
    with torch.no_grad():
        p = F.softmax(m(x), 1) if kl else None
    xa = (x + (0.001 * torch.randn_like(x) if kl else (torch.rand_like(x) * 2 - 1) * e)).clamp(0, 1)
    for _ in range(n):
        xa.requires_grad_(True)
        o = m(xa)
        loss = F.kl_div(F.log_softmax(o, 1), p, reduction='sum') if kl else F.cross_entropy(o, y, reduction='sum')
        g, = torch.autograd.grad(loss, xa)
        xa = torch.max(torch.min(xa.detach() + step * g.sign(), x + e), x - e).clamp(0, 1)
    return xa.detach()


def class_errors(m, x, y, eps, step, n, batch=500):
    """Standard and robust error per class, fractions; a sample counts as robust error if wrong with or without attack."""
    nat, rob, cnt = torch.zeros(C), torch.zeros(C), torch.zeros(C)
    for i in range(0, len(x), batch):
        xb, yb = x[i:i + batch], y[i:i + batch]
        a = attack(m, xb, yb, eps, step, n)
        with torch.no_grad():
            wrong = m(xb).argmax(1) != yb
            fooled = wrong | (m(a).argmax(1) != yb)
        for c in range(C):
            k = yb == c
            cnt[c] += k.sum(); nat[c] += wrong[k].sum(); rob[c] += fooled[k].sum()
    return nat / cnt, rob / cnt


class Controller:
    """The controller of the FRL authors' code: multipliers from class errors, then weights and margins."""

    def __init__(self, o):
        self.o, self.l0, self.l1, self.l2 = o, torch.zeros(C), torch.zeros(C), torch.zeros(C)

    def step(self, nat, rob):
        o, bnd = self.o, rob - nat
        g0, g1 = nat - nat.mean() - o.tau, bnd - bnd.mean() - o.tau
        cap = lambda l: l * min(1.0, 0.5 / max(l.sum().item(), 1e-12))
        self.l0, self.l1 = cap((self.l0 + o.rate1 * g0).clamp(min=0)), cap((self.l1 + 2 * o.rate1 * g1).clamp(min=0))
        if o.policy != 'reweight':
            self.l2 = self.l2 + o.rate2 * g1
        w = lambda l: 1 / C + l - l.sum() / C
        even = torch.full((C,), 1 / C)
        w0, w1 = (even, even) if o.policy == 'remargin' else (w(self.l0), w(self.l1))
        return w0, w1, torch.exp(2 * self.l2).clamp(0.98, 3.0)


def epoch(m, opt, x, y, w0, w1, margin, o):
    perm = torch.randperm(len(x))
    for i in range(0, len(x), o.batch):
        xb, yb = x[perm[i:i + o.batch]], y[perm[i:i + o.batch]]
        if o.method != 'natural':
            xa = attack(m, xb, yb, o.eps * margin[yb], (o.eps * margin.max()).item() / 4, o.steps, kl=o.method == 'trades')
        m.train()
        if o.method == 'trades':
            n, a = m(xb), m(xa)
            v0, v1 = w0[yb] / w0[yb].sum(), w1[yb] / w1[yb].sum()
            loss = (v0 * F.cross_entropy(n, yb, reduction='none')).sum() \
                + o.beta * (v1 * F.kl_div(F.log_softmax(a, 1), F.softmax(n, 1), reduction='none').sum(1)).sum()
        else:
            w = w0[yb] if o.method == 'natural' else w0[yb] + w1[yb]
            loss = (w / w.sum() * F.cross_entropy(m(xb if o.method == 'natural' else xa), yb, reduction='none')).sum()
        opt.zero_grad(); loss.backward(); opt.step()


def fit(m, x, y, xv, yv, epochs, lr, o, frl, average=0.0):
    """Trains in place; with average > 0 the weights end as their moving average over epochs (average old + rest new)."""
    mean = None
    opt = torch.optim.SGD(m.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4)
    ctl, even, ones, times = Controller(o), torch.full((C,), 1 / C), torch.ones(C), []
    decay = None if frl or average else torch.optim.lr_scheduler.MultiStepLR(opt, [int(epochs * .6), int(epochs * .85)], 0.1)
    for _ in range(epochs):
        t0 = time.time()
        w0, w1, margin = ctl.step(*class_errors(m, xv, yv, o.eps, o.eps / 4, 20)) if frl else (even, even, ones)
        t1 = time.time()
        epoch(m, opt, x, y, w0, w1, margin, o)
        times.append((t1 - t0, time.time() - t1))
        if decay:
            decay.step()
        if average:
            now = {k: v.detach().clone() for k, v in m.state_dict().items()}
            mean = now if mean is None else {k: average * mean[k] + (1 - average) * now[k] if now[k].is_floating_point() else now[k] for k in now}
    if average:
        m.load_state_dict(mean)
    return times


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    A = p.add_argument
    A('mode', choices=('bench', 'train'))
    A('--data', default='/usr/share/datasets/fashion-mnist', help='folder of the four IDX .gz files')
    A('--arch', default='cnn-small', choices=('cnn-small', 'cnn-bn', *NETS)); A('--width', type=int, default=16)
    A('--train', type=int, default=10000); A('--val', type=int, default=2000); A('--test', type=int, default=10000)
    A('--warm', type=int, default=10); A('--epochs', type=int, default=10); A('--warm-lr', type=float, default=.05); A('--lr', type=float, default=.01)
    A('--eps', type=float, default=.1); A('--steps', type=int, default=10); A('--beta', type=float, default=6.); A('--batch', type=int, default=128)
    A('--method', default='trades', choices=('natural', 'pgd-at', 'trades'))
    A('--policy', default='both', choices=('reweight', 'remargin', 'both')); A('--tau', type=float, default=.07)
    A('--rate1', type=float, default=.05); A('--rate2', type=float, default=.2)
    A('--average', type=float, default=0., help='moving average of the weights over epochs, .7 say, after the warm start');
    A('--seed', type=int, default=0); A('--threads', type=int, default=2); A('--rounds', type=int, default=3); A('--channels-last', action='store_true')
    o = p.parse_args()
    torch.set_num_threads(o.threads); torch.manual_seed(o.seed); np.random.seed(o.seed)
    X, Y = idx(o.data + '/train-images-idx3-ubyte.gz'), idx(o.data + '/train-labels-idx1-ubyte.gz')
    S, T = idx(o.data + '/t10k-images-idx3-ubyte.gz')[:o.test], idx(o.data + '/t10k-labels-idx1-ubyte.gz')[:o.test]
    perm = np.random.permutation(len(X))
    pack = lambda a, b: (torch.tensor(a / 255., dtype=torch.float32)[:, None], torch.tensor(b.astype(np.int64)))
    (x, y), (xv, yv), (xs, ys) = pack(X[perm[:o.train]], Y[perm[:o.train]]), pack(X[perm[-o.val:]], Y[perm[-o.val:]]), pack(S, T)
    if o.arch in NETS:  # the images in CIFAR's shape
        m = NETS[o.arch](channels=3)
        x, xv, xs = (F.pad(i, (2, 2, 2, 2)).repeat(1, 3, 1, 1) for i in (x, xv, xs))
    else:
        m = (cnn_small if o.arch == 'cnn-small' else cnn_bn)(o.width)
    if o.channels_last:
        m = m.to(memory_format=torch.channels_last)
    if o.mode == 'bench':
        t = fit(m, x, y, xv, yv, o.rounds, o.lr, o, True)
        with torch.no_grad():
            m.eval()
            right = sum((m(a).argmax(1) == b).sum().item() for a, b in zip(x.split(128), y.split(128)))
        print(json.dumps({'peer': 'torch ' + torch.__version__, 'arch': o.arch, 'channels_last': o.channels_last, 'threads': o.threads, 'train_accuracy': right / len(x),
                          'validation_s': sorted(a for a, _ in t)[len(t) // 2], 'train_epoch_s': sorted(b for _, b in t)[len(t) // 2]}))
        return

    def report(tag):
        nat, rob = class_errors(m, xs, ys, o.eps, o.eps / 4, 20)
        r = lambda v: round(v, 4)
        print(json.dumps({'stage': tag, 'seed': o.seed, 'standard': {'avg': r(nat.mean().item()), 'worst': r(nat.max().item())},
                          'robust': {'avg': r(rob.mean().item()), 'worst': r(rob.max().item())},
                          'standard_by_class': [r(v) for v in nat.tolist()], 'robust_by_class': [r(v) for v in rob.tolist()]}), flush=True)

    fit(m, x, y, xv, yv, o.warm, o.warm_lr, o, False); report('warm start')
    start = {k: v.clone() for k, v in m.state_dict().items()}
    fit(m, x, y, xv, yv, o.epochs, o.lr, o, True, o.average); report('frl ' + o.policy)
    m.load_state_dict(start); fit(m, x, y, xv, yv, o.epochs, o.lr, o, False, o.average); report('control')


if __name__ == '__main__':
    main()
