"""Pairs by the Croissant description, which checks every shard's sum: python croissant_records.py DIR."""

import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

# mlcroissant keeps what it unpacked under the shard's name alone, so each data set needs a cache of its own.
cache = tempfile.TemporaryDirectory()
os.environ["CROISSANT_CACHE"] = cache.name
import mlcroissant  # noqa: E402

dataset = mlcroissant.Dataset(jsonld=Path(sys.argv[1]) / "croissant.json")


def read(member):
    """Give key -> content of one member of the training samples: a record set each, joined by their keys."""
    rows = ((row[f"{member}/key"].decode(), row[f"{member}/content"]) for row in dataset.records(record_set=member))
    return {key: content for key, content in rows if key.startswith("train-")}


images, twins = ({key: np.asarray(image) for key, image in read(member).items()} for member in ("image", "image_cf"))
labels = {key: json.loads(text) for key, text in read("label").items()}
first = min(labels)
print(first, "image", images[first].shape, images[first].dtype, "factors", len(labels[first]["factors"]))
changed = {key for key in labels if (images[key] != twins[key]).any()}
targeted = {key for key in labels if any(labels[key]["do_mask"])}
print(f"{len(labels)} pairs, {len(targeted)} under a do; just those changed: {changed == targeted}")
