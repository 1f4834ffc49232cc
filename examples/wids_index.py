"""Random access to the shards as they lie, by the index beside them: python wids_index.py DIR."""

import sys
from functools import partial
from pathlib import Path

import numpy as np
from wids import ShardListDataset
from wids.wids_decode import default_decoder


def arrays(sample):
    """Give the images as bytes, and from the label the factors and what the do hit."""
    label = sample[".label.json"]
    return {
        "key": sample["__key__"],
        "image": sample[".image.png"],
        "image_cf": sample[".image_cf.png"],
        "factors": np.array(list(label["factors"].values())),
        "do_mask": np.array(label["do_mask"]),
    }


index = Path(sys.argv[1]).resolve() / "wids-train.json"
# Without `localname` wids copies the shards to a cache that does not notice when a data set is built anew.
samples = ShardListDataset(
    str(index), transformations=[partial(default_decoder, format="numpy"), arrays], localname=str
)

last = samples[len(samples) - 1]
print(last["key"], "image", last["image"].shape, last["image"].dtype, "factors", last["factors"].shape)
pairs = [samples[row] for row in range(len(samples))]
changed = [(pair["image"] != pair["image_cf"]).any() for pair in pairs]
targeted = [pair["do_mask"].any() for pair in pairs]
print(f"{len(pairs)} pairs, {sum(targeted)} under a do; just those changed: {changed == targeted}")
