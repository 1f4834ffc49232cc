"""Pairs through a webdataset pipeline: decoded, shuffled, batched into tensors: python webdataset_pipeline.py DIR."""

import sys
from pathlib import Path

import torch
import webdataset as wds


def tensors(sample):
    """Give the images, channels first and 1 for white, and from the label the factors and what the do hit."""
    label = sample["label.json"]
    return {
        "image": sample["image.png"],
        "image_cf": sample["image_cf.png"],
        "factors": torch.tensor(list(label["factors"].values())),
        "do_mask": torch.tensor(label["do_mask"]),
    }


def main(directory):
    """Read the training split once."""
    shards = sorted(str(path) for path in Path(directory).glob("*-train-*.tar"))
    pairs = (
        wds.WebDataset(shards, shardshuffle=len(shards), seed=0, nodesplitter=wds.split_by_node)
        .shuffle(1000)
        .decode("torchrgb")
        .map(tensors)
        .batched(32)
    )
    workers = min(2, len(shards))  # a worker without a shard is an error
    batches = list(wds.WebLoader(pairs, batch_size=None, num_workers=workers))

    first = batches[0]
    print("image", tuple(first["image"].shape), first["image"].dtype, "factors", tuple(first["factors"].shape))
    changed = torch.cat([(batch["image"] != batch["image_cf"]).flatten(1).any(1) for batch in batches])
    targeted = torch.cat([batch["do_mask"].any(1) for batch in batches])
    print(f"{len(changed)} pairs, {targeted.sum()} under a do; just those changed: {changed.equal(targeted)}")


if __name__ == "__main__":
    main(sys.argv[1])
