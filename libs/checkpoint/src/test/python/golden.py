"""Makes the golden safetensors file with Python's own library, and checks that a file is read by it as expected.

    python golden.py make FILE      writes FILE
    python golden.py check FILE     exits 0 if the library reads the very tensors out of FILE

The tensors are those of SafetensorsGoldenTest: value i of a float tensor is i / 8 - 1, but the first of `5.weight`, which
is the NaN with bits 0x7fc12345, and its second, -0.0; the scalar counter is 9007199254740993 (2**53 + 1, no double).

golden/python.safetensors was made on 2026-11-22 with torch 2.15.0 and safetensors 0.8.0. SafetensorsGoldenTest asserts
that our writer gives the same bytes, so what Python wrote and reads is what we write.
"""

import struct
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file


def ramp(*shape):
    size = 1
    for dimension in shape:
        size *= dimension
    return (torch.arange(size, dtype=torch.float32) / 8 - 1).reshape(shape)


def tensors():
    five = ramp(5, 7)
    bits = five.view(torch.int32)
    bits[0, 0] = 0x7FC12345
    bits[0, 1] = -0x80000000
    return {
        "0.weight": ramp(2, 1, 3, 3),
        "0.bias": ramp(2),
        "10.weight": ramp(1, 1),
        "1.running_mean": ramp(3),
        "1.num_batches_tracked": torch.tensor(9007199254740993),
        "2.steps": torch.tensor([[1, -2], [3, -4]]),
        "5.weight": five,
        "größe/\u03c6": ramp(1),
    }


def same(a, b):
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    integers = {torch.float32: torch.int32, torch.int64: torch.int64}[a.dtype]
    return torch.equal(a.contiguous().view(integers), b.contiguous().view(integers))


def main(action, file):
    expected = tensors()
    if action == "make":
        save_file(expected, file, metadata={"format": "pt"})
    found = load_file(file)
    with safe_open(file, "pt") as opened:
        metadata = opened.metadata()
    assert metadata == {"format": "pt"}, metadata
    assert found.keys() == expected.keys(), found.keys()
    for name, tensor in expected.items():
        assert same(tensor, found[name]), name
    header = struct.unpack("<Q", open(file, "rb").read(8))[0]
    print(f"{len(found)} tensors as expected, header of {header} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
