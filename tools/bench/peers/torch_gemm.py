"""Measures PyTorch's matrix product at the shapes of a training step and prints one JSON object.

    python torch_gemm.py [--threads 2] [--seconds 0.4] [--rounds 3]

For each shape and dtype: the best GFLOP/s of y = x · Wᵀ (W as a checkpoint stores it) and of y = x · W, over several
short rounds, so that other work on the machine disturbs little.
"""

import argparse
import json
import os
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--seconds", type=float, default=0.4, help="longest time of one round")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--rows", type=int, nargs="*", default=[2048, 512])
arguments = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = str(arguments.threads)

import torch

torch.set_num_threads(arguments.threads)

# in -> out of SmolLM2-135M's products, and the same backwards for the gradient of the input.
SHAPES = [(576, 576), (576, 192), (576, 1536), (1536, 576), (576, 49152), (192, 576), (49152, 576)]
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def best_seconds(product):
    product()
    best = float("inf")
    deadline = time.perf_counter() + arguments.seconds
    while True:
        start = time.perf_counter()
        product()
        now = time.perf_counter()
        best = min(best, now - start)
        if now > deadline:
            return best


def operands(rows, width, out, dtype):
    x = torch.randn(rows, width).to(dtype)
    weight = torch.randn(out, width).to(dtype)
    y = torch.empty(rows, out, dtype=dtype)
    return x, weight, y


def products(x, weight, y):
    plain = weight.t().contiguous()
    return {
        "transposed": lambda: torch.mm(x, weight.t(), out=y),
        "plain": lambda: torch.mm(x, plain, out=y),
    }


@torch.inference_mode()
def measure():
    best = {}
    for _ in range(arguments.rounds):
        for dtype_name, dtype in DTYPES.items():
            for rows in arguments.rows:
                for width, out in SHAPES:
                    for layout, product in products(*operands(rows, width, out, dtype)).items():
                        key = (dtype_name, rows, width, out, layout)
                        rate = 2e-9 * rows * width * out / best_seconds(product)
                        best[key] = max(best.get(key, 0.0), rate)
    return best


rates = measure()
shapes = [
    {"dtype": dtype, "rows": rows, "in": width, "out": out, "layout": layout, "gigaflops": round(rate, 1)}
    for (dtype, rows, width, out, layout), rate in rates.items()
]
print(
    json.dumps(
        {
            "best": {d: max(s["gigaflops"] for s in shapes if s["dtype"] == d) for d in DTYPES},
            "shapes": shapes,
            "threads": arguments.threads,
            "torchVersion": torch.__version__,
            "instructions": torch.backends.cpu.get_cpu_capability(),
        }
    )
)
