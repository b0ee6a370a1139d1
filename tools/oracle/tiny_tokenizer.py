"""A byte-level BPE tokenizer of 288 tokens: three control tokens, the 256 bytes, 29 merges; and smaller ones."""

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from transformers.convert_slow_tokenizer import bytes_to_unicode

CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = [
    ("Ġ", "t"), ("h", "e"), ("i", "n"), ("e", "r"), ("a", "n"), ("o", "n"), ("Ġt", "he"), ("o", "r"),
    ("e", "n"), ("a", "t"), ("Ġ", "a"), ("i", "s"), ("e", "s"), ("Ġ", "s"), ("i", "t"), ("in", "g"),
    ("a", "l"), ("Ġ", "c"), ("an", "d"), ("r", "e"), ("Ġ", "o"), ("e", "d"), ("s", "t"), ("Ġ", "p"),
    ("l", "e"), ("u", "s"), ("a", "r"), ("o", "u"), ("Ċ", "Ċ"),
]  # fmt: skip
CHAT_TEMPLATE = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>'"
    " + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def parts(size):
    """Tokens in the order of their ids, and merges. Below 288 tokens some bytes and all merges but one are missing."""
    single = list(bytes_to_unicode().values())
    merges = MERGES
    if size < len(CONTROL) + len(single) + len(MERGES):
        merges = [("i", "n")]
        single = single[: size - len(CONTROL) - len(merges)]
    return CONTROL + single + ["".join(pair) for pair in merges], merges


def build(size=288):
    tokens, merges = parts(size)
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
        unk_token="<|endoftext|>",
        model_max_length=256,
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast
