"""Interventions as data: the kinds of a step, one a file, whom they target, and the table of what is done to each row.

Importing the package imports every file in it, and so registers the kinds; ``kinds`` holds the registry, ``steps``
reads texts and documents.
"""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    importlib.import_module(_module.name)
