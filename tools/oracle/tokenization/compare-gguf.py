"""Compares `weft tokenize` on a real GGUF file with Hugging Face's library on the same vocabulary.

    python tools/oracle/tokenization/compare-gguf.py MODEL.gguf [--strings 10000] [--weft "npm run -s weft --"]

For byte-level vocabularies (`tokenizer.ggml.model` gpt2) with the pre-tokenizer smollm, gpt-2, llama-bpe or qwen2. The
reference is built here, part by part, and so does not share Weft's conversion.
"""

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import varied_strings
from gguf import GGUFReader
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

ROOT = Path(__file__).resolve().parents[3]
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BYTES = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
WORDS = pre_tokenizers.ByteLevel(add_prefix_space=False)


def split(pattern):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), behavior="isolated"), BYTES])


PRE_TOKENIZERS = {
    "smollm": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), WORDS]),
    "gpt-2": WORDS,
    "llama-bpe": split(LLAMA3),
    "qwen2": split(LLAMA3.replace("{1,3}", "")),
}


def reference(path):
    fields = GGUFReader(path).fields
    value = lambda name: fields[f"tokenizer.ggml.{name}"].contents()
    pre = value("pre")
    tokens, types = value("tokens"), value("token_type")
    merges = [tuple(merge.split(" ")) for merge in value("merges")]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, ignore_merges=pre == "llama-bpe"))
    tokenizer.pre_tokenizer = PRE_TOKENIZERS[pre]
    if pre == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    for token, kind in zip(tokens, types):
        if kind == 3:
            tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False)])
        elif kind == 4:
            tokenizer.add_tokens([AddedToken(token, normalized=False)])
    return tokenizer


def by_weft(command, path, texts):
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.jsonl"
        rows.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
        arguments = [*shlex.split(command), "tokenize", "--model", path, "--file", str(rows), "--json"]
        done = subprocess.run(arguments, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{")]
    ids = {event["index"]: event["ids"] for event in events if event["event"] == "tokens"}
    return [ids.get(index) for index in range(len(texts))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--strings", type=int, default=10_000)
    parser.add_argument("--weft", default="npm run -s weft --")
    options = parser.parse_args()
    path = str(Path(options.model).resolve())
    parts = varied_strings.load()
    texts = [varied_strings.varied_string(index, parts) for index in range(options.strings)]
    tokenizer = reference(path)
    expected = [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]
    actual = by_weft(options.weft, path, texts)
    different = [index for index in range(len(texts)) if expected[index] != actual[index]]
    for index in different[:10]:
        print(f"string {index} {texts[index]!r}\n  expected {expected[index]}\n  weft     {actual[index]}")
    print(f"{len(different)} of {len(texts)} strings differ, {sum(map(len, expected))} tokens")
    sys.exit(1 if different else 0)


main()
