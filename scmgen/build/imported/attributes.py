"""Columns of a label table as factors."""

from __future__ import annotations

import math

from scmgen.build.imported.request import Request
from scmgen.build.imported.tables import LabelTable
from scmgen.errors import ScmgenError
from scmgen.storage.imported import Attribute

PERIODS = (  # customary ones, the shorter first
    (0.0, 1.0, "turn"),
    (-math.pi, math.pi, "rad"),
    (0.0, 2 * math.pi, "rad"),
    (-180.0, 180.0, "deg"),
    (0.0, 360.0, "deg"),
)


def attribute(request: Request, table: LabelTable, header: str, name: str) -> Attribute:
    """Describe a column of a table as a factor: what its values are, and over what they range.

    Raises:
        ScmgenError: if it shall be circular, and has levels or does not fit into a period.
    """
    column, long_name = table.columns[header], "" if header == name else header
    if header in request.circular:
        low, high, unit = _period(request, table, header)
        return Attribute(long_name=long_name, unit=unit, range=(low, high), circular=True)
    if column.levels:
        return Attribute(long_name=long_name, range=(0.0, len(column.levels) - 1.0), levels=column.levels)
    return Attribute(long_name=long_name, range=(float(column.values.min()), float(column.values.max())))


def _period(request: Request, table: LabelTable, header: str) -> tuple[float, float, str]:
    """The period of a circular column, given or the shortest customary one that holds its values, and its unit."""
    column, given = table.columns[header], request.circular[header]
    low, high = float(column.values.min()), float(column.values.max())
    where = f"{table.where}, column {header!r}"
    if column.levels:
        raise ScmgenError(f"{where}: has levels ({', '.join(column.levels[:3])}, ...), which cannot be circular")
    if given is not None and not given[0] <= low <= high <= given[1]:
        raise ScmgenError(f"{where}: runs from {low:g} to {high:g}, outside its period {given[0]:g} to {given[1]:g}")
    if given is not None:
        return *given, next((unit for *period, unit in PERIODS if tuple(period) == given), "1")
    fitting = [period for period in PERIODS if period[0] <= low <= high <= period[1]]
    if not fitting:
        raise ScmgenError(f"{where}: runs from {low:g} to {high:g}: write its period, --circular {header}=LOW:HIGH")
    return fitting[0]
