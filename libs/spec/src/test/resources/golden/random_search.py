"""Reference values for random searches, by other means than the product: exact fractions, Python's math and decimal.

Usage: python3 random_search.py > random_search.csv
"""
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
import math

MASK = (1 << 64) - 1
GOLDEN_GAMMA = 0x9E3779B97F4A7C15


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def string_hash(text):
    """java.lang.String.hashCode, as a signed 32-bit number."""
    h = 0
    for c in text:
        h = (31 * h + ord(c)) & 0xFFFFFFFF
    return h - (1 << 32) if h >> 31 else h


def purpose_hash(name):
    h = 1125899906842597
    for c in name:
        h = (31 * h + ord(c)) & MASK
    return h


def bits(seed, draw, path):
    h = mix((seed & MASK) ^ purpose_hash("RANDOM_SEARCH"))
    for part in (draw, string_hash(path)):
        h = mix((h + GOLDEN_GAMMA * (part + 1)) & MASK)
    return h


def unit(b):
    return Fraction(b >> 11, 1 << 53)


def shown(value, low, high, size):
    """Rounds to 4 digits of the size, or to more where that leaves the bounds."""
    digits = 3 - size.adjusted()
    while True:
        rounded = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
        if low <= rounded <= high:
            return format(rounded.normalize(), "f")
        digits += 1


def decimal(fraction):
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)


def uniform(b, low, high):
    low, high = Decimal(low), Decimal(high)
    u = unit(b)
    return shown(decimal(Fraction(low) * (1 - u) + Fraction(high) * u), low, high, high - low)


def log_uniform(b, low, high):
    low, high = Decimal(low), Decimal(high)
    u = float(unit(b))
    value = Decimal(math.exp(math.log(low) * (1 - u) + math.log(high) * u))
    return shown(value, low, high, min(value, high - low))


def integer(b, low, high):
    return str(low + (b * (high - low + 1) >> 64))


def choice(b, values):
    return values[b * len(values) >> 64]


if __name__ == "__main__":
    print("seed,draw,training.optimizer.learningRate,training.optimizer.weightDecay,training.batchSize,fairness.policy")
    for seed in (1, 7, -3, (1 << 63) - 1):
        for draw in range(25):
            values = (
                log_uniform(bits(seed, draw, "training.optimizer.learningRate"), "0.01", "0.3"),
                uniform(bits(seed, draw, "training.optimizer.weightDecay"), "0", "0.001"),
                integer(bits(seed, draw, "training.batchSize"), 32, 256),
                choice(bits(seed, draw, "fairness.policy"), ["none", "frl-reweight", "frl-reweight-remargin"]),
            )
            print(seed, draw, *values, sep=",")
