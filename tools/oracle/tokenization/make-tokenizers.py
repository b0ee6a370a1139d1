"""Trains tiny tokenizers of every kind in use and writes what transformers makes of thousands of strings with them.

    python tools/oracle/tokenization/make-tokenizers.py

Each folder of libs/tokenization/fixtures gets the tokenizer's files and `golden.json`: for blocks of 100 strings of
`varied_strings` one sha256 over the ids, the first strings in full, and digests of decoded texts.
"""

import hashlib
import io
import json
import os
import shutil
import struct
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import corpus
import sentencepiece
import varied_strings
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer
from transformers.convert_slow_tokenizer import generate_merges

OUT = Path(__file__).resolve().parents[3] / "libs/tokenization/fixtures"
BLOCK = 100
LINES = corpus.lines()
PARTS = varied_strings.load()

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def special(content, **flags):
    return AddedToken(content, special=True, normalized=False, **flags)


def byte_level(pre_tokenizer, tokens, size=700, normalizer=None, alphabet=None, **model):
    tokenizer = Tokenizer(models.BPE(**model))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=tokens,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if alphabet is None else alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator(LINES, trainer)
    return tokenizer


def split_by(pattern):
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def gpt2():
    tokenizer = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), [AddedToken("<|endoftext|>", special=True)])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    end = "<|endoftext|>"
    return tokenizer, {"bos_token": end, "eos_token": end, "unk_token": end, "add_bos_token": False}


def smollm():
    """Bytes that the text has not are not in the vocabulary, as in the real one."""
    tokens = [special(t) for t in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")]
    digits = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer = byte_level(digits, tokens, alphabet=list("abcĠĊ"))
    template = (
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
        "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    names = {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "pad_token": "<|im_end|>"}
    return tokenizer, {**names, "unk_token": "<|endoftext|>", "chat_template": template}


def llama3():
    """Whole words without merging, BOS by template, one added token that swallows the blanks around it."""
    tokens = [special("<|begin|>"), special("<|end|>"), special("<mask>", lstrip=True, rstrip=True)]
    tokenizer = byte_level(split_by(LLAMA3), tokens, size=900, ignore_merges=True)
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single="<|begin|> $A", special_tokens=[("<|begin|>", 0)]),
        ]
    )
    return tokenizer, {"bos_token": "<|begin|>", "eos_token": "<|end|>"}


def qwen2():
    """NFC, added tokens that are not special, and one that only the configuration knows."""
    tokens = [special("<|endoftext|>"), special("<|im_start|>"), special("<|im_end|>")]
    tokenizer = byte_level(split_by(QWEN2), tokens, normalizer=normalizers.NFC())
    tokenizer.add_tokens([AddedToken("<think>", normalized=False), AddedToken("</think>", normalized=False)])
    tokenizer.add_tokens([AddedToken("whole", single_word=True, normalized=False)])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    config = {"eos_token": "<|im_end|>", "pad_token": "<|pad|>", "bos_token": None, "add_bos_token": False}
    return tokenizer, config


def tekken():
    tokens = [special("<s>"), special("</s>"), special("<unk>")]
    tokenizer = byte_level(split_by(TEKKEN), tokens, ignore_merges=True)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return tokenizer, {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}


def train_sentencepiece(**options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=model, minloglevel=2, num_threads=1, **options
    )
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    return proto


def sentencepiece_bpe():
    return train_sentencepiece(
        model_type="bpe",
        vocab_size=700,
        byte_fallback=True,
        character_coverage=0.98,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        split_digits=True,
        allow_whitespace_only_pieces=True,
    )


def llama_model(proto):
    vocabulary = {piece.piece: index for index, piece in enumerate(proto.pieces)}
    merges = generate_merges(vocabulary, {piece.piece: piece.score for piece in proto.pieces})
    return models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)


def finish_llama(tokenizer):
    tokenizer.add_special_tokens([special("<unk>"), special("<s>"), special("</s>")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer, {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "add_bos_token": True}


def llama2():
    """Sentencepiece BPE with bytes for what it lacks; also as GGUF stores it."""
    proto = sentencepiece_bpe()
    tokenizer = Tokenizer(llama_model(proto))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    gguf = {
        "tokenizer.ggml.tokens": [piece.piece for piece in proto.pieces],
        "tokenizer.ggml.scores": [piece.score for piece in proto.pieces],
        "tokenizer.ggml.token_type": [piece.type for piece in proto.pieces],
    }
    write_json(OUT / "llama2" / "gguf.json", gguf)
    return finish_llama(tokenizer)


def mistral():
    """The newer form: a blank before the start of the text alone."""
    tokenizer = Tokenizer(llama_model(sentencepiece_bpe()))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
    return finish_llama(tokenizer)


def unigram():
    """With a table of replacements as sentencepiece makes it."""
    rules = OUT / "rules.tsv"
    pairs = {"ﬁ": "fi", "…": "...", "\u3000": " ", "\t": " ", "\u00a0": " ", "½": "1/2", "\u212b": "\u00c5", "ﾊﾟ": "パ"}
    pairs |= {chr(0xFF01 + i): chr(0x21 + i) for i in range(94)}
    code = lambda text: " ".join(f"{ord(c):X}" for c in text)
    rules.write_text("".join(f"{code(k)}\t{code(v)}\n" for k, v in pairs.items()))
    proto = train_sentencepiece(
        model_type="unigram",
        vocab_size=500,
        normalization_rule_tsv=str(rules),
        bos_id=-1,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        pad_piece="<pad>",
    )
    rules.unlink()
    pieces = [(piece.piece, piece.score) for piece in proto.pieces]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=2))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap),
            normalizers.Replace(Regex(" {2,}"), "▁"),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in ("<pad>", "</s>", "<unk>")])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return tokenizer, {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}


def wordpiece():
    tokens = [special(t) for t in ("[PAD]", "[UNK]", "[CLS]", "[SEP]")] + [special("[MASK]", lstrip=True)]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(
        LINES, trainers.WordPieceTrainer(vocab_size=700, special_tokens=tokens, show_progress=False)
    )
    # Matched after normalisation, so in any spelling that lower case makes equal.
    tokenizer.add_tokens([AddedToken("whole", normalized=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_truncation(8)
    mask = {"__type": "AddedToken", "content": "[MASK]", "lstrip": True, "rstrip": False, "single_word": False}
    mask |= {"special": True, "normalized": False}
    names = {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]"}
    return tokenizer, {**names, "mask_token": mask}


def write_json(path, value, indent=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=indent) + "\n", "utf-8")


def digest_ids(rows):
    sha = hashlib.sha256()
    for row in rows:
        sha.update(struct.pack(f"<{len(row) + 1}i", len(row), *row))
    return sha.hexdigest()


def digest_texts(texts):
    return hashlib.sha256("\0".join(texts).encode("utf-8")).hexdigest()


def blocks(items, digest):
    return [digest(items[start : start + BLOCK]) for start in range(0, len(items), BLOCK)]


def golden(tokenizer, count):
    strings = [varied_strings.varied_string(index, PARTS) for index in range(count)]
    ids = [tokenizer(text).input_ids for text in strings]
    bare = [tokenizer(text, add_special_tokens=False).input_ids for text in strings]
    random = [varied_strings.varied_ids(index, len(tokenizer)) for index in range(1000)]
    return {
        "count": count,
        "block": BLOCK,
        "first": [{"text": text, "ids": row} for text, row in zip(strings[:12], ids[:12])],
        "ids": blocks(ids, digest_ids),
        "idsWithoutSpecial": blocks(bare, digest_ids),
        "decoded": blocks([tokenizer.decode(row) for row in ids], digest_texts),
        "decodedRandom": blocks([tokenizer.decode(row) for row in random], digest_texts),
        "decodedRandomWithoutSpecial": blocks(
            [tokenizer.decode(row, skip_special_tokens=True) for row in random], digest_texts
        ),
        "vocabSize": len(tokenizer),
        "special": {
            name: getattr(tokenizer, f"{name}_token_id") for name in ("bos", "eos", "pad", "unk")
        },
    }


def make(kind, count):
    folder = OUT / kind.__name__
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokenizer, config = kind()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False, **config}
    write_json(folder / "tokenizer_config.json", config, indent=2)
    loaded = AutoTokenizer.from_pretrained(folder)
    write_json(folder / "golden.json", golden(loaded, count), indent=1)
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{kind.__name__}: {len(loaded)} tokens, {size} bytes, {type(loaded).__name__}")


make(llama3, 10_000)
for other in (gpt2, smollm, qwen2, tekken, llama2, mistral, unigram, wordpiece):
    make(other, 2_000)
