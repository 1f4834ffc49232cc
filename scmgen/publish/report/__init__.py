"""A data set as a page to look at: one HTML file that loads nothing from anywhere."""

from __future__ import annotations

from scmgen.publish.report.page import SAMPLES, compose, write

__all__ = ["SAMPLES", "compose", "write"]
