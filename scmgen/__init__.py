"""scmgen makes image data sets whose causes are known; its rooms import strictly downwards, from ``cli`` to ``scm``.

>>> import scmgen
>>> scene = scmgen.load_scene("pendulum")
>>> factual = scene.sample(8, seed=0)
>>> twin = scene.counterfactual(factual, do={"light_angle": 1.5})
>>> scene.render(twin, size=64).shape
(8, 64, 64, 3)
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scmgen.dataset.catalogue import load_scene as load_scene
    from scmgen.dataset.interventions.kinds import Step as Step
    from scmgen.dataset.interventions.kinds import intervention as intervention
    from scmgen.dataset.spec import Spec as Spec
    from scmgen.dataset.spec import Split as Split
    from scmgen.dataset.stream import Batches as Batches
    from scmgen.dataset.stream import stream as stream
    from scmgen.errors import ScmgenError as ScmgenError
    from scmgen.publish.exports.export import export as export
    from scmgen.render.deep import depth as depth
    from scmgen.render.deep import normals as normals
    from scmgen.render.marks import Shape as Shape
    from scmgen.render.marks import mark as mark
    from scmgen.scene.scene import Scene as Scene
    from scmgen.scm.model import SCM as SCM
    from scmgen.scm.model import Affine as Affine
    from scmgen.scm.vocabulary import function as function
    from scmgen.scm.vocabulary import noise as noise
    from scmgen.storage.loading.cached import Samples as Samples
    from scmgen.storage.loading.reader import Data as Data
    from scmgen.storage.loading.reader import load as load
    from scmgen.storage.loading.torch_stream import ShardStream as ShardStream

__version__ = "0.1.0"

_HOMES = {
    "Affine": "scm.model",
    "Batches": "dataset.stream",
    "Data": "storage.loading.reader",
    "SCM": "scm.model",
    "Samples": "storage.loading.cached",
    "Scene": "scene.scene",
    "ScmgenError": "errors",
    "Shape": "render.marks",
    "ShardStream": "storage.loading.torch_stream",
    "Spec": "dataset.spec",
    "Split": "dataset.spec",
    "Step": "dataset.interventions.kinds",
    "depth": "render.deep",
    "export": "publish.exports",
    "function": "scm.vocabulary",
    "intervention": "dataset.interventions.kinds",
    "load": "storage.loading.reader",
    "load_scene": "dataset.catalogue",
    "mark": "render.marks",
    "noise": "scm.vocabulary",
    "normals": "render.deep",
    "stream": "dataset.stream",
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
    "ShardStream",
    "Spec",
    "Split",
    "Step",
    "depth",
    "export",
    "function",
    "intervention",
    "load",
    "load_scene",
    "mark",
    "noise",
    "normals",
    "stream",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``scmgen --help`` pays for nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'scmgen' has no attribute {name!r}")
    return getattr(importlib.import_module(f"scmgen.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    """The public names, and nothing that happens to be imported; what needs torch only where it is installed."""
    usable = importlib.util.find_spec("torch") is not None
    return [*(name for name in __all__ if usable or name != "ShardStream"), "__version__"]
