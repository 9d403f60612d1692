"""Writes the golden files of the engine contract, computed by PyTorch: three training steps of each method and tiny net, and attacks on two of them; the
answers of the residual nets of the literature, narrowed, and the names and shapes of their tensors in full width.

    python make_golden.py ../src/main/resources/dev/frl/engine/contract ../src/test/resources/dev/frl/engine/contract

In double precision on single-precision inputs, so that an engine's rounding is all the difference. Attacks start uniformly: a KL attack from
TRADES's own start (0.001 times normal noise) climbs a gradient of the size of rounding errors, and pixels would flip. That start has a file of its own.
Needs torch and numpy.
"""
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from published_nets import NETS, PostActBlock, PreActBlock, conv3

MASK = (1 << 64) - 1
N, CLASSES, STEPS, BETA, STEP, LR, MOMENTUM, DECAY = 6, 4, 3, 6.0, 0.03, 0.1, 0.9, 5e-4
RADIUS = torch.tensor([0.1, 0.05, 0.0, 0.1, 0.2, 0.1]).double()
ATTACK_STEPS = 20
ATTACKS = [('fgsm', 'cross-entropy'), ('bim', 'dlr')] + [(m, k) for m in ('pgd', 'apgd') for k in ('cross-entropy', 'kl', 'cw', 'dlr')]


def uniform(seed, position):
    """The same counter hash as dev.frl.engine.Noise."""
    z = (seed + (position + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return ((z ^ (z >> 31)) >> 11) / 2.0**53


def uniform_start(x, radius, seeds):
    u = np.array([[uniform(s, i) for i in range(x[0].numel())] for s in seeds]).reshape(x.shape)
    return (x + torch.tensor(2 * u - 1) * radius.view(-1, 1, 1, 1)).clamp(0, 1)


def normals(n, seed):
    out = []
    for i in range(0, n, 2):
        length = np.sqrt(-2 * np.log(1 - uniform(seed, i)))
        angle = 2 * np.pi * uniform(seed, i + 1)
        out += [length * np.cos(angle), length * np.sin(angle)]
    return np.array(out[:n])


def normal_start(image, seed):
    return np.clip(image + 0.001 * normals(len(image), seed), 0, 1)


def l2_start(x, radius, seeds):
    """Anywhere in the ball: a random direction, and as length radius times the n-th root of a uniform number."""
    n = x[0].numel()
    d = torch.tensor(np.stack([normals(n, s) for s in seeds])).reshape(x.shape)
    length = radius * torch.tensor([uniform(s, n + 1) ** (1 / n) for s in seeds])
    return (x + d * (length / d.flatten(1).norm(dim=1)).view(-1, 1, 1, 1)).clamp(0, 1)


def plain_net():
    return nn.Sequential(nn.Conv2d(1, 3, 4, stride=2, padding=1), nn.ReLU(), nn.Conv2d(3, 4, 4, stride=2, padding=1), nn.ReLU(), nn.Flatten(),
                         nn.Linear(16, 5), nn.ReLU(), nn.Linear(5, CLASSES))


def norm_net():
    return nn.Sequential(nn.Conv2d(1, 3, 3, stride=1, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.Conv2d(3, 4, 3, stride=2, padding=1),
                         nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, CLASSES))


def pre_act_net():
    """A block that keeps the shape, one that does not, and batch norm before the pooling."""
    return nn.Sequential(conv3(1, 3, 2), PreActBlock(3, 3, 1), PreActBlock(3, 4, 2), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(4, CLASSES))


def post_act_net():
    return nn.Sequential(conv3(1, 3, 2), nn.BatchNorm2d(3), nn.ReLU(), PostActBlock(3, 3, 1), PostActBlock(3, 4, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(4, CLASSES))


class Ball:
    def __init__(self, norm, x, radius):
        self.norm, self.x, self.radius = norm, x, radius.view(-1, 1, 1, 1)

    def direction(self, g):
        if self.norm == 'linf':
            return g.sign()
        return g / g.flatten(1).norm(dim=1).clamp_min(1e-300).view(-1, 1, 1, 1)

    def project(self, v):
        d = v - self.x
        if self.norm == 'linf':
            d = torch.max(torch.min(d, self.radius), -self.radius)
        else:
            d = d * (self.radius / d.flatten(1).norm(dim=1).clamp_min(1e-300).view(-1, 1, 1, 1)).clamp_max(1)
        return (self.x + d).clamp(0, 1)


def losses(m, x, y, kind, p):
    z = m(x)
    if kind == 'cross-entropy':
        return F.cross_entropy(z, y, reduction='none')
    if kind == 'kl':
        return F.kl_div(F.log_softmax(z, 1), p, reduction='none').sum(1)
    margin = z.masked_fill(F.one_hot(y, CLASSES).bool(), -np.inf).max(1).values - z.gather(1, y[:, None])[:, 0]
    if kind == 'cw':
        return margin
    top = z.topk(3, dim=1).values
    return margin / (top[:, 0] - top[:, 2])


def seen(m, x, y, kind, p):
    """Each sample's loss, and its gradient with respect to the pixels."""
    x = x.detach().requires_grad_(True)
    f = losses(m, x, y, kind, p)
    return f.detach(), torch.autograd.grad(f.sum(), x)[0]


def checkpoints(steps):
    """Of APGD: p_0 = 0, p_1 = .22, p_j+1 = p_j + max(p_j - p_j-1 - .03, .06) of the steps, rounded up."""
    p, w = [0, 22], []
    while p[-1] < 100:
        w.append(-(-p[-1] * steps // 100))
        p.append(p[-1] + max(p[-1] - p[-2] - 3, 6))
    return sorted(set(w))


def apgd(m, ball, x, y, kind, p, steps):
    """Croce and Hein (2020), Algorithm 1; the best point takes the place of the one at the checkpoint, as in their code."""
    pick = lambda which, a, b: torch.where(which.view(-1, 1, 1, 1), a, b)
    f, g = seen(m, x, y, kind, p)
    best_f, best_x, best_g = f, x, g
    eta, grown = 2 * ball.radius, torch.zeros(len(y))
    last_best, last_halved, last = f, torch.zeros(len(y), dtype=torch.bool), 0
    before = x
    for k in range(1, steps + 1):
        z = ball.project(x + eta * ball.direction(g))
        a = 1 if k == 1 else 0.75
        before, x = x, ball.project(x + a * (z - x) + (1 - a) * (x - before))
        new, g = seen(m, x, y, kind, p)
        grown, f = grown + (new > f), new
        better = f > best_f
        best_f, best_x, best_g = torch.where(better, f, best_f), pick(better, x, best_x), pick(better, g, best_g)
        if k in checkpoints(steps):
            halve = (grown < 0.75 * (k - last)) | (~last_halved & (best_f <= last_best))
            eta = torch.where(halve.view(-1, 1, 1, 1), eta / 2, eta)
            x, g = pick(halve, best_x, x), pick(halve, best_g, g)
            last_best, last_halved, last, grown = best_f, halve, k, torch.zeros(len(y))
    return best_x


def attacked(m, method, norm, kind, x, y, radius, seeds, steps):
    m.eval()
    ball = Ball(norm, x, radius)
    with torch.no_grad():
        p = F.softmax(m(x), 1)
    xa = x
    if method in ('pgd', 'apgd'):
        xa = (uniform_start if norm == 'linf' else l2_start)(x, radius, seeds)
    if method == 'apgd':
        return apgd(m, ball, xa, y, kind, p, steps)
    step = ball.radius if method == 'fgsm' else STEP
    for _ in range(1 if method == 'fgsm' else steps):
        xa = ball.project(xa + step * ball.direction(seen(m, xa, y, kind, p)[1]))
    return xa


def loss_of(m, method, x, y, radius, seeds, a, b):
    weighted = lambda w, v: (w / w.sum() * v).sum()
    if method == 'natural':
        m.train()
        return weighted(a, F.cross_entropy(m(x), y, reduction='none'))
    xa = attacked(m, 'pgd', 'linf', 'kl' if method == 'trades' else 'cross-entropy', x, y, radius, seeds, 3)
    m.train()
    if method == 'pgd-at':
        return weighted((a + b) / 2, F.cross_entropy(m(xa), y, reduction='none'))
    n, q = m(x), m(xa)
    return weighted(a, F.cross_entropy(n, y, reduction='none')) \
        + BETA * weighted(b, F.kl_div(F.log_softmax(q, 1), F.softmax(n, 1), reduction='none').sum(1))


class Golden:
    def __init__(self, path):
        self.file = open(path, 'w')

    def put(self, name, values):
        values = np.asarray(values)
        text = [str(v) for v in values.ravel()] if values.dtype.kind == 'i' else ['%.9g' % v for v in values.ravel()]
        self.file.write('%s [%s] %s\n' % (name, ','.join(map(str, values.shape)), ' '.join(text)))

    def state(self, prefix, m):
        for name, tensor in m.state_dict().items():
            self.put(prefix + name, tensor.numpy())


def single(*shape):
    """Random values that single precision holds exactly."""
    return torch.rand(*shape).double()


def drawn(net):
    torch.manual_seed(7)
    m = net().float().double()
    for layer in m.modules():
        if isinstance(layer, nn.BatchNorm2d):  # so that evaluation differs from the identity
            layer.running_mean.copy_(single(layer.num_features) - 0.5)
            layer.running_var.copy_(single(layer.num_features) + 0.5)
            layer.weight.data.copy_(single(layer.num_features) + 0.5)
            layer.bias.data.copy_(single(layer.num_features) - 0.5)
    return m


def attack_all(folder, name, net):
    m = drawn(net)
    g = Golden('%s/%s-attacks.txt' % (folder, name))
    g.state('net.', m)
    x, y = single(N, 1, 8, 8), torch.randint(CLASSES, (N,))
    seeds = list(range(N))
    g.put('images', x.numpy())
    g.put('labels', y.numpy())
    g.put('seeds', np.array(seeds))
    for norm, scale in (('linf', 1), ('l2', 4)):
        radius = scale * RADIUS
        g.put('radius-' + norm, radius.numpy())
        for method, kind in ATTACKS:
            g.put('%s-%s-%s' % (method, norm, kind), attacked(m, method, norm, kind, x, y, radius, seeds, ATTACK_STEPS).numpy())


def train(folder, name, net, method, nesterov=False):
    m = drawn(net)
    opt = torch.optim.SGD(m.parameters(), lr=LR, momentum=MOMENTUM, weight_decay=DECAY, nesterov=nesterov)
    g = Golden('%s/%s-%s%s.txt' % (folder, name, method, '-nesterov' if nesterov else ''))
    g.state('before.', m)
    for step in range(STEPS):
        x, y = single(N, 1, 8, 8), torch.randint(CLASSES, (N,))
        radius = RADIUS
        a, b = single(N) + 0.1, single(N) + 0.1
        a[1] = 0.0
        seeds = [1000 * step + i for i in range(N)]
        for key, v in (('images', x), ('labels', y), ('radius', radius), ('standardWeights', a), ('boundaryWeights', b)):
            g.put('step%d.%s' % (step, key), v.numpy())
        g.put('step%d.seeds' % step, np.array(seeds))
        loss = loss_of(m, method, x, y, radius, seeds, a, b)
        opt.zero_grad()
        loss.backward()
        opt.step()
        g.put('step%d.loss' % step, loss.detach().numpy())
    g.state('after.', m)
    m.eval()
    with torch.no_grad():
        g.put('logits', m(x).numpy())
    for name, p in m.named_parameters():
        g.put('momentum.' + name, opt.state[p]['momentum_buffer'].numpy())


def counted(m):
    """Fills the net with numbers of the counter hash, seeded by the tensor's place; Fixtures.counted does the same."""
    state = m.state_dict()
    for place, (name, tensor) in enumerate(state.items()):
        if name.endswith('num_batches_tracked'):
            continue
        u = np.array([uniform(place, i) for i in range(tensor.numel())])
        if tensor.dim() > 1:
            u = (2 * u - 1) * np.sqrt(3 / tensor[0].numel())
        else:
            u += 0.5 if name.endswith('running_var') or name.endswith('weight') else -0.5
        state[name] = torch.tensor(u.astype(np.float32)).view(tensor.shape)
    m.load_state_dict(state)


def answers(folder, name, images=2, divisor=16):
    """Logits of 3x32x32 images; and the cross-entropy's gradient with respect to the pixels, divided by its length, at every 13th of them."""
    m = NETS[name](divisor=divisor)
    counted(m)
    m.double().eval()
    x = np.array([uniform(1000, i) for i in range(images * 3 * 32 * 32)]).astype(np.float32)
    x = torch.tensor(x / 2 + np.float32(0.25)).double().view(images, 3, 32, 32).requires_grad_(True)
    logits = m(x)
    slope, = torch.autograd.grad(F.cross_entropy(logits, torch.arange(images), reduction='sum'), x)
    g = Golden('%s/%s-narrow.txt' % (folder, name))
    g.put('logits', logits.detach().numpy())
    slope = slope.flatten(1)
    g.put('directions', (slope / slope.norm(dim=1, keepdim=True))[:, ::13].numpy())


def main(folder, test_folder):
    for name, net in NETS.items():
        answers(folder, name)
        with open('%s/%s-tensors.txt' % (test_folder, name), 'w') as file:
            file.writelines('%s %s\n' % (key, list(t.shape)) for key, t in net().state_dict().items())
    for name, net in (('plain', plain_net), ('norm', norm_net), ('pre-act', pre_act_net), ('post-act', post_act_net)):
        for method in ('natural', 'pgd-at', 'trades'):
            train(folder, name, net, method)
    attack_all(folder, 'plain', plain_net)
    attack_all(folder, 'norm', norm_net)
    torch.manual_seed(8)
    g, image = Golden(folder + '/normal-start.txt'), torch.rand(15).numpy()
    g.put('image', image)
    g.put('start', normal_start(image, 42))
    torch.manual_seed(9)
    train(folder, 'plain', plain_net, 'natural', nesterov=True)


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2])
