"""What Hugging Face's ``datasets`` reads without a script: a folder of images, and Parquet files.

Images are copied as they stand in the shards. Columns are the members of a sample and the keys of its
label (docs/reference/format.md). ``load_dataset(out)`` finds splits of any name: by the card of a folder, by the names
of Parquet files.

Other programs read the same directories. Those that take every image below a folder (torchvision's ``ImageFolder``,
``glob("**/*.png")``) must not take twins and masks for more pictures: these end in ``.apng``, which a still PNG may
be called and no such reader looks for. And ``pandas.read_parquet(out)`` reads whatever does not begin with ``_``.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import orjson

from scmgen.dataset.members import IMAGE, Member
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.selection import Block, Selection

_FIRST = IMAGE.name


@layout(
    "imagefolder",
    "a folder of PNG files a split with metadata.jsonl, for datasets.load_dataset",
    ending="-imagefolder",
    mark="source.json",
)
def write_folder(source: Selection, out: Path) -> None:
    """Write ``SPLIT/image/KEY.png``, ``SPLIT/KEY.image_cf.apng``, ... and ``SPLIT/metadata.jsonl``."""
    out.mkdir()
    for split in source.splits:
        (out / split / _FIRST).mkdir(parents=True)
        with (out / split / "metadata.jsonl").open("wb") as metadata:
            for block in source.blocks(split):
                _write_images(source, out / split, block)
                for key, label in zip(block.keys, block.labels, strict=True):
                    metadata.write(orjson.dumps(_names(source, key) | label, option=orjson.OPT_APPEND_NEWLINE))
    source.describe(out)
    files = [f"  - split: {split}\n    path: {split}/**" for split in source.splits]
    lines = ["---", "configs:", "- config_name: default", "  data_files:", *files, "---"]
    (out / "README.md").write_text("\n".join([*lines, *_card(source)]), encoding="utf-8")


@layout(
    "parquet",
    "a Parquet file a split with the images in it, for datasets.load_dataset",
    ending="-parquet",
    mark="*source.json",  # an earlier scmgen wrote it without the _
    libraries=("pyarrow",),
)
def write_parquet(source: Selection, out: Path) -> None:
    """Write ``data/SPLIT-00000-of-00001.parquet``, a row group a shard, whose schema tells which columns are images."""
    parquet: Any = importlib.import_module("pyarrow.parquet")
    (out / "data").mkdir(parents=True)
    schema, step = _schema(source), max(shard.samples for shard in source.data.manifest.shards)
    for split in source.splits:
        with parquet.ParquetWriter(out / "data" / f"{split}-00000-of-00001.parquet", schema) as writer:
            for block in source.blocks(split, step=step):
                writer.write_table(_table(source, block, schema), row_group_size=len(block.rows))
    source.describe(out, "_source.json")
    (out / "_README.md").write_text("\n".join(_card(source)), encoding="utf-8")


def _names(source: Selection, key: str) -> dict[str, str]:
    """The key of a sample, and its files under names by which the loader knows that they are images."""
    rest = map(Member.named, source.data.members[1:])
    first = {"key": key, "file_name": _file(source.data.members[0], key)}
    return first | {f"{member.name}_file_name": _file(member.name, key) for member in rest}


def _write_images(source: Selection, folder: Path, block: Block) -> None:
    for member in source.data.members:
        for key, content in zip(block.keys, block.encoded(member), strict=True):
            (folder / _file(member, key)).write_bytes(content)


def _file(member: str, key: str) -> str:
    """Where an image lies in the folder of its split: the factual one in a folder, which a class is to some readers."""
    return f"{_FIRST}/{key}.png" if member == _FIRST else f"{key}.{member}.apng"


def _card(source: Selection) -> list[str]:
    known = source.data.manifest
    return [f"# {known.name}", "", known.description, "", f"Licence: {known.license}.", ""]


def _schema(source: Selection) -> Any:
    """Types by the first label, and for ``datasets`` which columns are images, as its own writer says it."""
    arrow: Any = importlib.import_module("pyarrow")
    first, members = source.first(), source.data.members
    image = arrow.struct({"bytes": arrow.binary(), "path": arrow.string()})
    fields = dict.fromkeys(members, image) | {name: _type(value) for name, value in first.items()}
    features = {name: {"_type": "Image"} for name in members} | {name: _feature(value) for name, value in first.items()}
    info = orjson.dumps({"info": {"features": features}})
    return arrow.schema({"key": arrow.string()} | fields, metadata={b"huggingface": info})


def _type(value: Any) -> Any:
    arrow: Any = importlib.import_module("pyarrow")
    if isinstance(value, dict):
        return arrow.struct({name: _type(part) for name, part in value.items()})
    if isinstance(value, list):
        return arrow.list_(_type(value[0]))
    return {int: arrow.int64(), float: arrow.float64(), str: arrow.string()}[type(value)]


def _feature(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _feature(part) for name, part in value.items()}
    if isinstance(value, list):
        return {"feature": _feature(value[0]), "_type": "List"}
    return {"dtype": {int: "int64", float: "float64", str: "string"}[type(value)], "_type": "Value"}


def _table(source: Selection, block: Block, schema: Any) -> Any:
    arrow: Any = importlib.import_module("pyarrow")
    columns: dict[str, list[Any]] = {"key": block.keys}
    for member in source.data.members:
        pairs = zip(block.keys, block.encoded(member), strict=True)
        columns[member] = [{"bytes": content, "path": key + Member.named(member).suffix} for key, content in pairs]
    columns |= {name: [label[name] for label in block.labels] for name in block.labels[0]}
    return arrow.table(columns, schema=schema)
