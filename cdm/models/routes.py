"""The ways from an image to its counterfactual: drawn over the image, or from the noise that it inverts to."""

from __future__ import annotations

from typing import Literal, get_args

from cdm.errors import CdmError, suggestion
from cdm.models.masks import Masking

Route = Literal["reference", "inversion"]


def chosen(route: str | None, masking: Masking, refers: bool) -> Route:
    """The route that is meant; of one that is not named the reference, where a model can and nothing is masked.

    Args:
        route: its name, or None.
        masking: which pixels may change; only an inversion asks.
        refers: whether the model was trained to draw over a reference.

    Raises:
        CdmError: if there is no such route, or not for this model or masking.
    """
    if route is None:
        return "reference" if refers and masking == "none" else "inversion"
    if route not in get_args(Route):
        raise CdmError(f"route {route!r}: {suggestion(route, get_args(Route))}")
    if route == "inversion":
        return "inversion"
    if not refers:
        raise CdmError("route 'reference': the model was trained without one; it has 'inversion'")
    if masking != "none":
        raise CdmError(f"mask {masking!r}: it is for the route 'inversion'")
    return "reference"
