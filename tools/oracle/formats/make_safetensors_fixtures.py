"""Writes libs/models/src/formats/safetensors/fixtures/python.safetensors with the Python library, for byte comparison.

Needs `pip install safetensors torch`. Names and types are chosen so that their order in the file differs from every
simpler order; the test makes the same values and has them rounded by our code.
"""

import math
import pathlib

import torch
from safetensors.torch import save_file

OUT = pathlib.Path(__file__).parents[3] / "libs/models/src/formats/safetensors/fixtures/python.safetensors"


def values(shape, scale, dtype):
    integers = [i * 37 % 101 - 50 for i in range(math.prod(shape))]
    return (torch.tensor(integers, dtype=torch.float32) * scale).reshape(shape).to(dtype)


OUT.parent.mkdir(parents=True, exist_ok=True)
save_file(
    {
        "b.weight": values((3, 4), 0.1, torch.float32),
        "a.weight": values((2, 5), 0.013, torch.bfloat16),
        "ä.weight": values((1,), 1.0, torch.float32),
        'Z"quoted"': values((7,), 0.003, torch.float16),
        "scalar": values((), 1.0, torch.float32),
        "empty": values((0, 4), 1.0, torch.float32),
        "a.bias": values((2, 2, 2), 1e-6, torch.float16),
        "a.alpha": values((3,), 1e30, torch.bfloat16),
    },
    OUT,
    {"format": "pt"},
)
