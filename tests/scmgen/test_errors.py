"""The one exception and the nearest guess that goes with it."""

from __future__ import annotations

import pickle

from scmgen.errors import Faults, ScmgenError, suggestion
from scmgen.scm.expression import EquationError, parse


def test_the_nearest_name_is_guessed() -> None:
    assert suggestion("shadow_lenght", ["shadow_length", "shadow_position"]) == "did you mean 'shadow_length'?"


def test_without_a_near_name_all_are_listed_once_and_in_order() -> None:
    assert suggestion("zzz", ["rect", "disc", "rect"]) == "allowed: disc, rect"
    assert suggestion("zzz", []) == "allowed: nothing"


def test_a_long_list_is_cut_after_twenty() -> None:
    names = [f"name_{number:02d}" for number in range(21)]
    assert suggestion("zzz", names[:20]) == f"allowed: {', '.join(names[:20])}"
    assert suggestion("zzz", names) == f"allowed: {', '.join(names[:20])}, ..."


def test_an_error_travels_between_processes_as_its_message() -> None:
    try:
        parse("2 * sine(x)", "swing.yaml:3")
    except EquationError as error:
        again = pickle.loads(pickle.dumps(error))  # noqa: S301  our own
        assert type(again) is ScmgenError and str(again) == str(error)


def test_faults_stand_in_the_order_of_lines_and_of_a_repeated_block_once() -> None:
    rows = [ScmgenError(f"s.yaml:12: equations.x_{k} (repeat.0, k = {k}): bad") for k in (1, 2)]
    others = [ScmgenError("s.yaml:9: one"), ScmgenError("s.yaml:9: two")]
    told = str(Faults([Faults(rows), *others])).splitlines()
    assert told == ["3 faults:", "s.yaml:9: one", "s.yaml:9: two", "s.yaml:12: equations.x_1 (repeat.0, k = 1): bad"]
