"""The residual nets of the literature on CIFAR as torch modules whose state dicts have the names that public checkpoints have.

Stems, stages and heads are those of the published descriptions: He et al., "Identity mappings in deep residual networks" (2016), for preactresnet18;
He et al., "Deep residual learning" (2015), for resnet18; Zagoruyko and Komodakis, "Wide residual networks" (2016), for wrn28-k. Names are those of
kuangliu/pytorch-cifar (preactresnet18, resnet18) and of TRADES (wrn28-k). `divisor` divides all widths.
"""
import torch.nn as nn
import torch.nn.functional as F


def conv3(width_in, width_out, stride):
    return nn.Conv2d(width_in, width_out, 3, stride, 1, bias=False)


def conv1(width_in, width_out, stride):
    return nn.Conv2d(width_in, width_out, 1, stride, bias=False)


class PreActBlock(nn.Module):
    """x + f(x), where f begins with batch norm and activation; they stand before the fork where the block changes the shape."""

    def __init__(self, width_in, width_out, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(width_in)
        self.conv1 = conv3(width_in, width_out, stride)
        self.bn2 = nn.BatchNorm2d(width_out)
        self.conv2 = conv3(width_out, width_out, 1)
        if stride != 1 or width_in != width_out:
            self.add_projection(width_in, width_out, stride)

    def add_projection(self, width_in, width_out, stride):
        self.shortcut = nn.Sequential(conv1(width_in, width_out, stride))

    def projection(self):
        return getattr(self, 'shortcut', None)

    def forward(self, x):
        activated = F.relu(self.bn1(x))
        around = x if self.projection() is None else self.projection()(activated)
        return around + self.conv2(F.relu(self.bn2(self.conv1(activated))))


class WideBlock(PreActBlock):
    """The same under TRADES's name for the projection, which is there (as None) in every block."""

    def __init__(self, width_in, width_out, stride):
        super().__init__(width_in, width_out, stride)
        if not hasattr(self, 'convShortcut'):
            self.convShortcut = None

    def add_projection(self, width_in, width_out, stride):
        self.convShortcut = conv1(width_in, width_out, stride)

    def projection(self):
        return self.convShortcut


class PostActBlock(nn.Module):
    """relu(x + f(x)), where f ends with batch norm."""

    def __init__(self, width_in, width_out, stride):
        super().__init__()
        self.conv1, self.bn1 = conv3(width_in, width_out, stride), nn.BatchNorm2d(width_out)
        self.conv2, self.bn2 = conv3(width_out, width_out, 1), nn.BatchNorm2d(width_out)
        same = stride == 1 and width_in == width_out
        self.shortcut = nn.Sequential() if same else nn.Sequential(conv1(width_in, width_out, stride), nn.BatchNorm2d(width_out))

    def forward(self, x):
        return F.relu(self.shortcut(x) + self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


def stage(block, width_in, width_out, blocks, stride):
    return [block(width_in if k == 0 else width_out, width_out, stride if k == 0 else 1) for k in range(blocks)]


class ResNet18(nn.Module):
    """Either kind; the post-activation one has a batch norm after its first convolution, the other has none there nor before the pooling."""

    def __init__(self, block, channels=3, classes=10, divisor=1):
        super().__init__()
        width = 64 // divisor
        self.conv1 = conv3(channels, width, 1)
        if block is PostActBlock:
            self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = nn.Sequential(*stage(block, width, width, 2, 1))
        self.layer2 = nn.Sequential(*stage(block, width, 2 * width, 2, 2))
        self.layer3 = nn.Sequential(*stage(block, 2 * width, 4 * width, 2, 2))
        self.layer4 = nn.Sequential(*stage(block, 4 * width, 8 * width, 2, 2))
        self.linear = nn.Linear(8 * width, classes)

    def forward(self, x):
        x = self.conv1(x)
        if hasattr(self, 'bn1'):
            x = F.relu(self.bn1(x))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.linear(x.mean((2, 3)))


class WideStage(nn.Module):
    def __init__(self, width_in, width_out, blocks, stride):
        super().__init__()
        self.layer = nn.Sequential(*stage(WideBlock, width_in, width_out, blocks, stride))

    def forward(self, x):
        return self.layer(x)


class WideResNet28(nn.Module):
    def __init__(self, widen, channels=3, classes=10, divisor=1):
        super().__init__()
        first = 16 // divisor
        widths = [first, first * widen, 2 * first * widen, 4 * first * widen]
        self.conv1 = conv3(channels, widths[0], 1)
        self.block1 = WideStage(widths[0], widths[1], 4, 1)
        self.block2 = WideStage(widths[1], widths[2], 4, 2)
        self.block3 = WideStage(widths[2], widths[3], 4, 2)
        self.bn1 = nn.BatchNorm2d(widths[3])
        self.fc = nn.Linear(widths[3], classes)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(F.relu(self.bn1(x)).mean((2, 3)))


NETS = {
    'preactresnet18': lambda **k: ResNet18(PreActBlock, **k),
    'resnet18': lambda **k: ResNet18(PostActBlock, **k),
    'wrn28-2': lambda **k: WideResNet28(2, **k),
    'wrn28-10': lambda **k: WideResNet28(10, **k),
}
