"""What an error says of a word that is not allowed, and which errors mean that memory ran out."""

from __future__ import annotations

import pytest

from cdm.errors import CdmError, Interrupted, out_of_memory, suggestion


@pytest.mark.parametrize(
    ("word", "allowed", "message"),
    [
        ("quik", ["quick", "full"], "did you mean 'quick'? there are quick, full"),
        ("xyz", ["quick", "full"], "there are quick, full"),
        ("", ["quick"], "there are quick"),
        ("quick", [], "there are none"),
    ],
)
def test_what_is_allowed_is_named_and_first_what_is_near(word: str, allowed: list[str], message: str) -> None:
    assert suggestion(word, allowed) == message
    assert suggestion(word, iter(allowed)) == message  # what is allowed may be read once only


@pytest.mark.parametrize(
    ("error", "memory"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to"),
            True,
        ),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (CdmError("drop: a share from 0 to 1 is needed"), False),
    ],
)
def test_memory_that_ran_out_is_told_from_other_errors(error: Exception, memory: bool) -> None:
    assert out_of_memory(error) is memory


def test_an_interruption_ends_with_a_status_of_its_own() -> None:
    assert (CdmError("x").status, Interrupted("x").status) == (2, 130)
    assert issubclass(Interrupted, CdmError)  # one handler catches both
