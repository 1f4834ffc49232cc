"""scmgen makes image data sets whose causes are known.

>>> import scmgen
>>> scene = scmgen.load_scene("pendulum")
>>> factual = scene.sample(8, seed=0)
>>> twin = scene.counterfactual(factual, do={"light_angle": 1.5})
>>> scene.render(twin, size=64).shape
(8, 64, 64, 3)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scmgen.batches import Batches as Batches
    from scmgen.batches import stream as stream
    from scmgen.catalogue import load_scene as load_scene
    from scmgen.errors import ScmgenError as ScmgenError
    from scmgen.exports import export as export
    from scmgen.loading.cached import Samples as Samples
    from scmgen.loading.reader import Data as Data
    from scmgen.loading.reader import load as load
    from scmgen.marks import Shape as Shape
    from scmgen.marks import mark as mark
    from scmgen.scene import Scene as Scene
    from scmgen.scm import SCM as SCM
    from scmgen.scm import Affine as Affine
    from scmgen.spec import Spec as Spec
    from scmgen.spec import Split as Split
    from scmgen.vocabulary import function as function

__version__ = "0.1.0"

_HOMES = {
    "Affine": "scm",
    "Batches": "batches",
    "Data": "loading.reader",
    "SCM": "scm",
    "Samples": "loading.cached",
    "Scene": "scene",
    "ScmgenError": "errors",
    "Shape": "marks",
    "Spec": "spec",
    "Split": "spec",
    "export": "exports",
    "function": "vocabulary",
    "load": "loading.reader",
    "load_scene": "catalogue",
    "mark": "marks",
    "stream": "batches",
}

__all__ = [
    "SCM",
    "Affine",
    "Batches",
    "Data",
    "Samples",
    "Scene",
    "ScmgenError",
    "Shape",
    "Spec",
    "Split",
    "export",
    "function",
    "load",
    "load_scene",
    "mark",
    "stream",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``scmgen --help`` pays for nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'scmgen' has no attribute {name!r}")
    return getattr(importlib.import_module(f"scmgen.{_HOMES[name]}"), name)
