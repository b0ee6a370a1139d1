"""Writes a BF16 GGUF of a model, so that a peer that reads only GGUF runs on the same weights.

The source is a Hugging Face folder, or a GGUF whose quantised matrices are first expanded:
    python tools/oracle/make_bf16_gguf.py SOURCE OUTPUT.gguf [--pre smollm]
"""

import argparse
from pathlib import Path

import gguf
import hf_to_gguf
from gguf import GGMLQuantizationType as Type


def copy_metadata(reader, writer):
    replaced = {gguf.Keys.General.ARCHITECTURE, gguf.Keys.General.FILE_TYPE}
    for field in reader.fields.values():
        if field.name in replaced or field.name.startswith("GGUF."):
            continue
        is_list = field.types[0] == gguf.GGUFValueType.ARRAY
        kind = field.types[-1] if is_list else None
        writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=kind)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_BF16)


def expand(source, output):
    reader = gguf.GGUFReader(source)
    architecture = reader.fields[gguf.Keys.General.ARCHITECTURE].contents()
    writer = gguf.GGUFWriter(output, architecture)
    copy_metadata(reader, writer)
    for tensor in reader.tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type).reshape(tensor.shape[::-1])
        hf_to_gguf.add_tensor(writer, tensor.name, values, Type.BF16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("source", type=Path)
parser.add_argument("output", type=Path)
parser.add_argument("--pre", default="smollm", help="llama.cpp's name of the pre-tokenizer (folders only)")
arguments = parser.parse_args()
if arguments.source.is_dir():
    name = arguments.source.resolve().name
    hf_to_gguf.convert(arguments.source, arguments.output, Type.BF16, name=name, pre=arguments.pre)
else:
    expand(arguments.source, arguments.output)
print(arguments.output, arguments.output.stat().st_size, "bytes")
