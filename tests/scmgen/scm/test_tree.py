"""The text of an equation as a tree whose columns are those of the text."""

from __future__ import annotations

import ast

import pytest

from scmgen.scm.tree import EquationError, parsed


def test_columns_are_those_of_the_text() -> None:
    tree = parsed("  a +\n b", "here")
    assert isinstance(tree, ast.BinOp)
    assert (tree.left.col_offset, tree.right.col_offset, tree.right.end_col_offset) == (2, 7, 8)


@pytest.mark.parametrize(("text", "said"), [("", "an empty expression"), ("a ? b", "'?' is not in"), ("(a", "closed")])
def test_what_is_no_expression_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(EquationError) as caught:
        parsed(text, "scene.yaml:3: equations.a")
    assert str(caught.value).startswith("scene.yaml:3: equations.a: ") and said in str(caught.value)
