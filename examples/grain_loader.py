"""Pairs through grain, the loader of the JAX world: shuffled, batched, and resumed: python grain_loader.py DIR."""

import sys

import grain
import numpy as np

import scmgen

samples = scmgen.load(sys.argv[1]).samples("train")
pairs = grain.MapDataset.source(samples).seed(0).shuffle().batch(32).to_iter_dataset()

batches = iter(pairs)
first = next(batches)
print("image", first["image"].shape, first["image"].dtype, "factors", first["factors"].shape)

state = batches.get_state()  # what a checkpoint keeps
rest = list(batches)
again = iter(pairs)
again.set_state(state)
print("resumed at the same sample:", bool(next(again)["index"][0] == rest[0]["index"][0]))

batches = [first, *rest]
changed = np.concatenate([(batch["image"] != batch["image_cf"]).any((1, 2, 3)) for batch in batches])
targeted = np.concatenate([batch["do_mask"].any(1) for batch in batches])
print(f"{len(changed)} pairs, {targeted.sum()} under a do; just those changed: {np.array_equal(changed, targeted)}")
