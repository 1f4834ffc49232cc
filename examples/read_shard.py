"""Read the pairs of a data set with nothing but tarfile, Pillow and JSON: python read_shard.py DIR."""

import io
import json
import sys
import tarfile
from pathlib import Path

from PIL import Image

for shard in sorted(Path(sys.argv[1]).glob("*-test-*.tar")):
    with tarfile.open(shard) as archive:
        for member in archive:
            key, _, kind = member.name.partition(".")
            data = archive.extractfile(member).read()
            if kind == "label.json":
                label = json.loads(data)
                print(key, label["do_kind"], label["do_mask"], label["factors"])
            else:
                image = Image.open(io.BytesIO(data))
                print(key, kind, image.size)
