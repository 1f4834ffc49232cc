"""Domains: what values a factor can take, how they are coded, and what follows from it.

Each domain is one frozen class with the same methods: a code, a law of noise, an error, a test. Whoever holds a factor
asks its domain and need not know which one it is; a fourth domain is one more class in :data:`Domain`.
"""

from __future__ import annotations

from cdm.scm.domains.categorical import Categorical as Categorical
from cdm.scm.domains.circular import Circular as Circular
from cdm.scm.domains.continuous import Continuous as Continuous
from cdm.scm.domains.records import Contrast as Contrast
from cdm.scm.domains.records import Law as Law

Domain = Continuous | Circular | Categorical
DOMAINS: dict[str, type[Domain]] = {domain.kind: domain for domain in (Continuous, Circular, Categorical)}
"""The domains by the word that a manifest has for them."""
