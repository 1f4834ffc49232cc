"""Names of factors, from the headers of columns."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from scmgen.errors import ScmgenError
from scmgen.scm import vocabulary

_TAKEN = frozenset(  # what labels, labelled arrays and exports call their own parts
    "adjacency cause confounded do_kind do_mask do_scale do_shift do_value domain effect exogenous factor factors "
    "hidden image images index key label member noise sample source split step world".split()
)


def names(columns: Iterable[str], where: Path) -> dict[str, str]:
    """The factor that each column becomes.

    Raises:
        ScmgenError: if a header holds no letter or digit that a name may have, or two become one.
    """
    factors: dict[str, str] = {}
    for column in columns:
        name = factor(column)
        if not name:
            raise ScmgenError(f"{where}: column {column!r} cannot name a factor; give it a name of letters and digits")
        twin = next((other for other, taken in factors.items() if taken == name), None)
        if twin is not None:
            raise ScmgenError(f"{where}: columns {twin!r} and {column!r} would both be called {name!r}; rename one")
        factors[column] = name
    return factors


def factor(column: str) -> str:
    """The nearest name that an equation could read.

    >>> factor("5_o_Clock_Shadow"), factor("Patient Age"), factor("max"), factor("Größe (cm)")
    ('f_5_o_Clock_Shadow', 'Patient_Age', 'max_', 'Grosse_cm')
    """
    plain = unicodedata.normalize("NFKD", column.replace("ß", "ss")).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9_]+", "_", plain).strip("_")
    if name[:1].isdigit():
        name = f"f_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in vocabulary.reserved() | _TAKEN else name
