"""Conversations: stages, faults that are told back, costs, and what is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from loopback import Street

from cdm.errors import CdmError
from cdm.foundation.language import replies
from cdm.foundation.language.cache import Kept
from cdm.foundation.language.conversation import Asking, Ledger
from cdm.foundation.language.speaker import EXTRACTING, Manner, Said
from cdm.foundation.protocols import Unanswered

IMAGE = np.zeros((4, 4, 3), np.uint8)


def test_a_stage_sees_the_answers_before_it_and_the_picture_once() -> None:
    street = Street()
    talk = Asking(street, EXTRACTING).about(IMAGE)
    talk.tell("describe")
    assert talk.ask("intervene", replies.Phrase, concepts="", edges="", target="a", before="b", after="c").phrase
    roles = [[turn.role for turn in turns] for turns in street.heard]
    assert roles == [["system", "user"], ["system", "user", "assistant", "user"]]
    assert [turn.image is not None for turn in street.heard[1]] == [False, True, False, False]
    assert street.heard[1][2].text == "A wet street in the rain, a lamp above it."


def test_a_fault_is_told_back_and_forgotten_once_it_is_mended() -> None:
    street = Street({"judge": ["yes", '{"shown": "yes"}']})
    asking = Asking(street, EXTRACTING)
    talk = asking.about(IMAGE)
    assert talk.ask("judge", replies.Verdict, concept="a", value="b").shown
    again = [turns[-1].text for turns in street.heard[1:]]
    assert "Invalid JSON" in again[0] and "shown: Input should be a valid boolean" in again[1]
    assert [len(turns) for turns in street.heard] == [2, 4, 4]  # of faults the last alone
    assert [turn.text for turn in talk.turns[2:]] == ['{"shown": true}']
    assert (asking.ledger.asked, asking.ledger.tokens) == (3, {"asked": 21, "answered": 15})


def test_thoughts_are_not_repeated_to_whoever_had_them() -> None:
    talk = Asking(Street({"judge": ['<think>{"shown": false}</think>{"shown": true}']}), EXTRACTING).about(IMAGE)
    assert talk.ask("judge", replies.Verdict, concept="a", value="b").shown
    assert talk.turns[-1].text == '{"shown": true}'


def test_three_answers_without_use_are_enough() -> None:
    street = Street({"judge": ["no"] * 9})
    with pytest.raises(Unanswered) as caught:
        Asking(street, EXTRACTING).about(IMAGE).ask("judge", replies.Verdict, concept="a", value="b")
    assert str(caught.value).startswith("street: judge: none of 3 answers can be used; of the last: Invalid JSON")
    assert len(street.heard) == 3


def test_an_answer_that_was_cut_off_is_no_answer() -> None:
    class Short(Street):
        def say(self, turns: object, manner: Manner, form: object) -> Said:
            return Said('{"shown": true}', whole=False)

    with pytest.raises(Unanswered, match=r"it was cut off after 2048 tokens, the most that --tokens allows$"):
        Asking(Short(), EXTRACTING).about(IMAGE).ask("judge", replies.Verdict, concept="a", value="b")


def test_no_more_is_asked_than_may_be_spent() -> None:
    street = Street({"judge": ["no"] * 9})
    with pytest.raises(CdmError, match=r"^2 requests were made, the most that --calls allows$"):
        Asking(street, EXTRACTING, Ledger(2)).about(IMAGE).ask("judge", replies.Verdict, concept="a", value="b")
    assert len(street.heard) == 2


def test_what_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    kept, words = Kept(tmp_path), {"concept": "a", "value": "b"}
    for manner, image, said, asked in (
        (EXTRACTING, IMAGE, ["no"], 2),  # a fault, then an answer: the answer alone is kept
        (EXTRACTING, IMAGE, [], 0),
        (Manner(0.1, 2048, 1), IMAGE, [], 1),  # another seed
        (EXTRACTING, IMAGE + 1, [], 1),  # another picture
        (EXTRACTING, IMAGE.reshape(2, 8, 3), [], 1),
    ):
        street = Street({"judge": list(said)})
        asking = Asking(street, manner, kept=kept)
        assert asking.about(image).ask("judge", replies.Verdict, **words).shown
        assert (len(street.heard), asking.ledger.kept) == (asked, int(not asked))
    street = Street()
    street.name = "another"
    Asking(street, EXTRACTING, kept=kept).about(IMAGE).ask("judge", replies.Verdict, **words)
    assert len(street.heard) == 1


def test_an_answer_that_was_kept_and_is_of_no_use_any_more_is_asked_again(tmp_path: Path) -> None:
    def refuse(reply: replies.Verdict) -> None:
        raise CdmError("it was right, and is not")

    asking = Asking(Street(), EXTRACTING, kept=Kept(tmp_path))
    asking.about(IMAGE).ask("judge", replies.Verdict, concept="a", value="b")
    with pytest.raises(Unanswered, match=r"of the last: it was right, and is not$"):
        asking.about(IMAGE).ask("judge", replies.Verdict, refuse, concept="a", value="b")
    assert (asking.ledger.asked, asking.ledger.kept) == (4, 0)
