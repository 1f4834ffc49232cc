"""Structural causal models: the equation language, noise, solving, abduction, and the graph that falls out.

Imports nothing but errors. Importing the package registers the noises of ``distributions``.
"""

import importlib

importlib.import_module(f"{__name__}.distributions")
