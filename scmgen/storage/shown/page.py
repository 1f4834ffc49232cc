"""A data set in a notebook: what is told of it, a few samples, the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scmgen.errors import ScmgenError
from scmgen.pictures.page import page as written
from scmgen.storage.places.place import Local
from scmgen.storage.shown.sheet import sheet
from scmgen.storage.shown.told import sizes
from scmgen.terminal import listed

if TYPE_CHECKING:
    from PIL import Image

    from scmgen.storage.loading.reader import Data

_SEEN = 3  # samples on a page
_READ = 64 << 20  # bytes of a shard that is read for them


def page(data: Data) -> str:
    """What a notebook shows; samples only where a directory of this machine holds them in a shard of usual size."""
    graph = data.graph
    facts = {
        "place": str(data.place),
        "samples": sizes(data.splits),
        "images": f"{data.frame.px}: {listed(data.members)}",
        "factors": listed([f"{name} ({factor.domain})" for name, factor in data.manifest.factors.items()]),
        "licence": data.manifest.license,
        "about": " ".join(data.manifest.description.split()),
    }
    picture, lacking = _picture(data)
    told = {name: fact for name, fact in {**facts, "not shown": lacking}.items() if fact}
    drawing = None if graph is None else graph._repr_html_()
    return written(f"Data set {data.name}", told, picture, drawing or "")


def _picture(data: Data) -> tuple[Image.Image | None, str]:
    """The first samples, or why they are not shown."""
    first = data.shards(next(iter(data.splits)))[0]
    if not isinstance(data.place, Local) or first.bytes > _READ:
        return None, "samples, which would have to be fetched: data.show() draws them"
    try:
        return sheet(data, n=_SEEN), ""
    except ScmgenError as error:
        return None, str(error)
