"""Writes the small Parquet and Arrow files that the readers of libs/datasets are tested with, and their rows as JSON.

Run from anywhere: python tools/oracle/datasets/make-datasets.py
"""

import json
import os
import shutil
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import datasets
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

OUT = Path(__file__).resolve().parents[3] / "libs/datasets/fixtures"

ALPACA = [
    {
        "instruction": f"Name fact {i} about {topic}.",
        "input": None if i % 3 == 0 else f"Keep it short, please ({i}).",
        "output": text,
        "rating": i,
    }
    for i, (topic, text) in enumerate(
        [
            ("rivers", "They flow downhill."),
            ("Zürich", "Die Stadt liegt an der Limmat – größer als man denkt."),
            ("日本", "富士山は高い。"),
            ("emoji", "🦀 and 👩‍👩‍👧‍👦 are single glyphs."),
            ("empty", ""),
            ("lines", "first\nsecond\r\nthird\ttabbed"),
            ("quotes", 'She said "hi", twice.'),
            ("rivers", "They flow downhill."),
            ("long", "word " * 200),
            ("last", "The end."),
        ]
    )
]

MESSAGES = [
    {
        "messages": [
            {"role": "user", "content": f"Question {i}?"},
            {"role": "assistant", "content": f"Answer {i} – ja."},
            *(
                [{"role": "user", "content": "More?"}, {"role": "assistant", "content": ""}]
                if i % 2
                else []
            ),
        ]
    }
    for i in range(5)
]

# datasets stores a sequence of records as a record of sequences where the feature is a Sequence of a dict.
COLUMNWISE = [
    {"messages": {"role": [m["role"] for m in row["messages"]], "content": [m["content"] for m in row["messages"]]}}
    for row in MESSAGES
]

ALPACA_TABLE = pa.Table.from_pylist(ALPACA)
MESSAGES_TABLE = pa.Table.from_pylist(MESSAGES)


def write_json(name, rows):
    (OUT / name).write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_parquet():
    for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
        pq.write_table(ALPACA_TABLE, OUT / f"alpaca-{codec}.parquet", compression=codec, row_group_size=4)
    pq.write_table(
        ALPACA_TABLE, OUT / "alpaca-pages-v2.parquet", data_page_version="2.0", use_dictionary=False, compression="zstd"
    )
    large = ALPACA_TABLE.cast(
        pa.schema([(f.name, pa.large_string() if f.type == pa.string() else f.type) for f in ALPACA_TABLE.schema])
    )
    pq.write_table(large, OUT / "alpaca-large-string.parquet")
    pq.write_table(MESSAGES_TABLE, OUT / "messages.parquet", row_group_size=2)
    pq.write_table(ALPACA_TABLE.slice(0, 0), OUT / "alpaca-no-rows.parquet")


def write_arrow():
    with pa.OSFile(str(OUT / "alpaca-file.arrow"), "wb") as sink, ipc.new_file(sink, ALPACA_TABLE.schema) as writer:
        writer.write_table(ALPACA_TABLE, max_chunksize=4)
    with pa.OSFile(str(OUT / "alpaca-stream.arrow"), "wb") as sink, ipc.new_stream(sink, ALPACA_TABLE.schema) as writer:
        writer.write_table(ALPACA_TABLE, max_chunksize=4)
    options = ipc.IpcWriteOptions(compression="zstd")
    with (
        pa.OSFile(str(OUT / "alpaca-stream-zstd.arrow"), "wb") as sink,
        ipc.new_stream(sink, ALPACA_TABLE.schema, options=options) as writer,
    ):
        writer.write_table(ALPACA_TABLE)


def save(rows, name, **options):
    datasets.Dataset.from_list(rows).save_to_disk(OUT / name, **options)


def write_saved():
    save(ALPACA, "alpaca-saved", num_shards=2)
    save(MESSAGES, "messages-saved")
    save(COLUMNWISE, "messages-columnwise-saved")
    splits = {"train": datasets.Dataset.from_list(ALPACA[:2]), "test": datasets.Dataset.from_list(ALPACA[2:3])}
    datasets.DatasetDict(splits).save_to_disk(OUT / "splits-saved")


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    datasets.disable_progress_bars()
    write_json("alpaca.json", ALPACA)
    write_json("messages.json", MESSAGES)
    write_parquet()
    write_arrow()
    write_saved()


if __name__ == "__main__":
    main()
