"""Interventions as data: the kinds of a step, one a file, whom they target, and the table of what is done to each row.

Importing the package registers the kinds that come with it; ``kinds`` holds the registry, ``steps`` reads texts and
documents.
"""

from scmgen.dataset.interventions import hard, mechanism, mix, soft

__all__ = ["hard", "mechanism", "mix", "soft"]
