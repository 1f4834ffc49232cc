"""A data set in the formats and layouts that other programs read: ``scmgen export``, docs/exports.md."""

from __future__ import annotations

from scmgen.publish.exports import causalcircuit, causalvae, citris, grids, hdf5, huggingface, npz
from scmgen.publish.exports.export import export
from scmgen.publish.exports.formats import FORMATS

_ROOMS = (hdf5, grids, npz, huggingface, causalvae, causalcircuit, citris)  # importing them registers their formats

__all__ = ["FORMATS", "export"]
