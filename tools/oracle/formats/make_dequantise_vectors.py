"""Writes libs/engine/native/test/fixtures/dequantise.bin: stored blocks of every type and the floats they stand for.

Needs `pip install gguf`. Blocks are random bytes with sane scales, so that every bit of the format takes part; the
expected values come from gguf's own numpy code. Layout, little-endian, per type: name (8 bytes, zero-padded), rows,
columns, stored bytes (u32 each), the stored bytes, rows * columns float32.
"""

import pathlib
import struct

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from gguf.quants import dequantize

OUT = pathlib.Path(__file__).parents[3] / "libs/engine/native/test/fixtures/dequantise.bin"

# Where a block keeps its half-precision numbers.
SCALES = {
    Type.Q8_0: [0], Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2],
    Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208],
}


def stored_blocks(rng, kind, rows, cols):
    per_block, size = GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (rows * cols // per_block, size), dtype=np.uint8)
    for at in SCALES[kind]:
        scale = rng.normal(0, 0.02, len(blocks)).astype(np.float16)
        scale[0] = np.float16(6e-8)  # a subnormal
        blocks[:, at:at + 2] = scale.view(np.uint8).reshape(-1, 2)
    return blocks.reshape(rows, -1)


def plain(rng, kind, rows, cols):
    values = rng.normal(0, 1, (rows, cols)).astype(np.float32)
    if kind == Type.F32:
        return values.view(np.uint8), values
    if kind == Type.F16:
        values[0, :4] = [0, -0.0, 6e-8, 65504]
        half = values.astype(np.float16)
        return half.view(np.uint8), half.astype(np.float32)
    bits = (values.view(np.uint32) >> 16).astype(np.uint16)
    return bits.view(np.uint8), (bits.astype(np.uint32) << 16).view(np.float32)


def main():
    rng = np.random.default_rng(7)
    with OUT.open("wb") as out:
        for kind in [Type.F32, Type.F16, Type.BF16, *SCALES]:
            rows, cols = (3, 64) if GGML_QUANT_SIZES[kind][0] < 256 else (2, 512)
            if kind in SCALES:
                stored = stored_blocks(rng, kind, rows, cols)
                values = dequantize(stored, kind).astype(np.float32)
            else:
                stored, values = plain(rng, kind, rows, cols)
            out.write(struct.pack("<8s3I", kind.name.encode(), rows, cols, stored.nbytes))
            out.write(stored.tobytes())
            out.write(values.astype("<f4").tobytes())


main()
