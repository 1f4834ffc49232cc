"""Pairs through a torch DataLoader: at random, in whole batches, as a stream: python torch_loader.py DIR."""

import sys

import torch
from torch.utils.data import BatchSampler, DataLoader, RandomSampler

import scmgen
from scmgen import ShardStream


def check(how, loader):
    """Read all batches; the two images must differ just where the do hits a factor."""
    batches = list(loader)
    first = batches[0]
    print(how, "image", tuple(first["image"].shape), first["image"].dtype, "factors", tuple(first["factors"].shape))
    changed = torch.cat([(batch["image"] != batch["image_cf"]).flatten(1).any(1) for batch in batches])
    targeted = torch.cat([batch["do_mask"].any(1) for batch in batches])
    print(f"{len(changed)} pairs, {targeted.sum()} under a do; just those changed: {changed.equal(targeted)}")


def main(directory):
    """Read the training split in three ways."""
    data = scmgen.load(directory)
    samples = data.samples("train")  # decoded once into a cache on disk, which all workers map
    check("table", DataLoader(samples, batch_size=32, shuffle=True, num_workers=2))

    sampler = BatchSampler(RandomSampler(samples), batch_size=32, drop_last=False)
    check("batches", DataLoader(samples, batch_size=None, sampler=sampler))  # gathered at once: the fastest

    stream = ShardStream(data, "train", shuffle=1000, seed=0)  # decoded as it is read: nothing is kept
    stream.set_epoch(1)
    check("stream", DataLoader(stream, batch_size=32, num_workers=2))


if __name__ == "__main__":
    main(sys.argv[1])
