"""Pairs through a webdataset pipeline: shuffled, decoded, batched into tensors: python webdataset_pipeline.py DIR."""

import sys

import torch
import webdataset as wds

import scmgen

FIELDS = ("image", "image_cf", "factors", "do_mask")


def tensors(batch):
    """Give the images, channels first and 1 for white; the factors and what the do hit as they are."""
    arrays = {name: torch.as_tensor(array) for name, array in batch.items()}
    images = {name: arrays[name].permute(0, 3, 1, 2) / 255 for name in ("image", "image_cf")}
    return {**arrays, **images}


def main(directory):
    """Read the training split once."""
    data = scmgen.load(directory)
    pairs = data.webdataset("train", shuffle=1000, seed=0, fields=FIELDS).batched(32).map(tensors)
    workers = min(2, len(data.shards("train")))  # a worker without a shard is an error
    batches = list(wds.WebLoader(pairs, batch_size=None, num_workers=workers))

    first = batches[0]
    print("image", tuple(first["image"].shape), first["image"].dtype, "factors", tuple(first["factors"].shape))
    changed = torch.cat([(batch["image"] != batch["image_cf"]).flatten(1).any(1) for batch in batches])
    targeted = torch.cat([batch["do_mask"].any(1) for batch in batches])
    print(f"{len(changed)} pairs, {targeted.sum()} under a do; just those changed: {changed.equal(targeted)}")


if __name__ == "__main__":
    main(sys.argv[1])
