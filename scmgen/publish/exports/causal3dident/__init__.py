"""The files of Causal3DIdent and of Temporal Causal3DIdent: ``scmgen export --to causal3dident``."""

from scmgen.publish.exports.causal3dident import layout

__all__ = ["layout"]
