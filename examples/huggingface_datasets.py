"""Pairs through Hugging Face datasets, as a table and as a stream: python huggingface_datasets.py DIR."""

import sys

import numpy as np
import torch
from datasets import load_dataset
from torch.utils.data import DataLoader


def tensors(rows):
    """Give a few rows as tensors: the images as bytes, the factors, and what the do hit."""
    labels = rows["label.json"]
    return {
        "image": torch.from_numpy(np.stack([np.asarray(image) for image in rows["image.png"]])),
        "image_cf": torch.from_numpy(np.stack([np.asarray(image) for image in rows["image_cf.png"]])),
        "factors": torch.tensor([list(label["factors"].values()) for label in labels]),
        "do_mask": torch.tensor([label["do_mask"] for label in labels]),
    }


def check(how, loader):
    """Read all batches; the two images must differ just where the do hits a factor."""
    batches = list(loader)
    first = batches[0]
    print(how, "image", tuple(first["image"].shape), first["image"].dtype, "factors", tuple(first["factors"].shape))
    changed = torch.cat([(batch["image"] != batch["image_cf"]).flatten(1).any(1) for batch in batches])
    targeted = torch.cat([batch["do_mask"].any(1) for batch in batches])
    print(f"{len(changed)} pairs, {targeted.sum()} under a do; just those changed: {changed.equal(targeted)}")


def main(directory):
    """Read the training split both ways; the card in the directory tells `datasets` where the shards are."""
    table = load_dataset(directory, split="train").with_transform(tensors)  # decodes rows when they are asked for
    check("table", DataLoader(table, batch_size=32, shuffle=True, num_workers=2))

    stream = load_dataset(directory, split="train", streaming=True).shuffle(seed=0, buffer_size=1000)
    columns = stream.column_names
    stream = stream.map(tensors, batched=True, batch_size=32, remove_columns=columns)
    check("stream", DataLoader(stream, batch_size=32))


if __name__ == "__main__":
    main(sys.argv[1])
