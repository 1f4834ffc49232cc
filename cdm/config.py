"""What a training run is told: one frozen record, three presets."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args, get_type_hints

from cdm.errors import CdmError, suggestion

Supervision = Literal["labels", "interventions"]
Graph = Literal["interventional", "given"]
Conditioning = Literal["mask", "gnn", "film", "none"]
Predicts = Literal["x0", "v", "eps"]


@dataclass(frozen=True)
class Config:
    """Everything that a run depends on, but the data.

    Attributes:
        supervision: ``interventions`` reads the target and the value of each do; ``labels`` also the factors.
        labelled: share of the rows whose factors ``labels`` may read.
        graph: learned from the pairs, or ``given`` by the manifest.
        conditioning: how tokens are mixed (:mod:`cdm.conditioning`).
        prediction: what the denoiser predicts.
        style: numbers that the encoder adds for what no factor explains.
        affine: whether the scale of a factor's noise may depend on its parents.
        encoder_steps, encoder_batch, encoder_rate: of the first phase; a batch counts pairs.
        sparse, sparse_width: weight and width of the sparse-change term (:func:`cdm.losses.sparse_change`).
        steady: weight of the term that keeps non-descendants where they are, once there is a graph.
        mechanism_steps, mechanism_batch, mechanism_rate: of the mechanisms' phase.
        invariance: weight of the noise-invariance term.
        denoiser_steps, denoiser_batch, denoiser_rate: of the denoiser's phase; a batch counts images.
        control: share of a denoiser batch that is counterfactual images under *predicted* tokens (L_control).
        focus: how much more a pixel counts in which the two images of its pair differ.
        late: how much more often noisy times are trained: there the tokens decide (:func:`cdm.diffusion.times`).
        drop: how often the token of a factor is dropped in training, for guidance.
        average: decay of the moving average of the denoiser's weights.
    """

    preset: str = "standard"
    seed: int = 0
    supervision: Supervision = "interventions"
    labelled: float = 1.0
    graph: Graph = "interventional"
    conditioning: Conditioning = "mask"
    prediction: Predicts = "x0"
    style: int = 0
    affine: bool = True
    encoder_steps: int = 3000
    encoder_batch: int = 64
    encoder_rate: float = 2e-3
    sparse: float = 0.02
    sparse_width: float = 0.2
    steady: float = 1.0
    mechanism_steps: int = 2000
    mechanism_batch: int = 512
    mechanism_rate: float = 3e-3
    invariance: float = 1.0
    denoiser_steps: int = 12000
    denoiser_batch: int = 16
    denoiser_rate: float = 1.5e-3
    control: float = 0.5
    drop: float = 0.1
    focus: float = 4.0
    late: float = 1.5
    average: float = 0.998

    def data(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)


PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"encoder_steps": 1200, "mechanism_steps": 1000, "denoiser_steps": 2400},
    "standard": {},
    "full": {"encoder_steps": 8000, "mechanism_steps": 4000, "denoiser_steps": 40000},
}


def make(preset: str, **changes: Any) -> Config:
    """The configuration of a preset, with changes; those that are None are none.

    Raises:
        CdmError: if there is no such preset or option, or a value is out of bounds.
    """
    if preset not in PRESETS:
        raise CdmError(f"no preset {preset!r}; {suggestion(preset, PRESETS)}")
    given = {name: value for name, value in changes.items() if value is not None}
    return check({**asdict(Config()), **PRESETS[preset], "preset": preset, **given})


def check(told: dict[str, Any]) -> Config:
    """A configuration from plain data, each value tested.

    Raises:
        CdmError: if a key is unknown, or a value of another type or out of bounds.
    """
    hints = get_type_hints(Config)
    for name, value in told.items():
        if name not in hints:
            raise CdmError(f"no option {name!r}; {suggestion(name, hints)}")
        allowed = get_args(hints[name])
        if allowed and value not in allowed:
            raise CdmError(f"{name}: {value!r}; {suggestion(str(value), allowed)}")
        if hints[name] in (int, float) and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
            raise CdmError(f"{name}: a number from 0 on is needed, found {value!r}")
    typed = {name: hints[name](value) if hints[name] in (int, float) else value for name, value in told.items()}
    config = replace(Config(), **typed)
    for name in ("labelled", "control", "drop", "average"):
        if getattr(config, name) > 1:
            raise CdmError(f"{name}: a share from 0 to 1 is needed, found {getattr(config, name):g}")
    for field in fields(config):
        if field.name.endswith("_batch") and getattr(config, field.name) < 1:
            raise CdmError(f"{field.name}: at least 1 is needed, found {getattr(config, field.name)}")
    return config
