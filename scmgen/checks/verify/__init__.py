"""Verification: is a data set what its manifest says it is?"""

from __future__ import annotations

from scmgen.checks.verify.verify import verify

__all__ = ["verify"]
