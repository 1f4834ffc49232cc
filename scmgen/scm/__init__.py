"""Structural causal models: the equation language, noise, solving, abduction, and the graph that falls out.

Imports nothing but errors. Importing the package registers the noises of ``distributions``.
"""

from scmgen.scm import distributions as _distributions

__all__: list[str] = []
