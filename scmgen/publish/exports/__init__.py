"""A data set in the formats and layouts that other programs read: ``scmgen export``, docs/how-to/exports.md.

Importing the package imports every file in it, and so registers the formats.
"""

from __future__ import annotations

import importlib
import pkgutil

from scmgen.publish.exports.export import export
from scmgen.publish.exports.writing.formats import FORMATS

for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    importlib.import_module(_module.name)

__all__ = ["FORMATS", "export"]
