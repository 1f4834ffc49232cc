"""A conversation about one picture: questions in stages, answers in a form, what they cost."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from cdm.errors import CdmError
from cdm.foundation.language import cache, prompts, replies
from cdm.foundation.language.speaker import Manner, Speaker, Turn
from cdm.foundation.protocols import Picture, Unanswered

ATTEMPTS = 3  # answers to one question, of which the first of the right form is taken
_SHORT = 300  # characters of a fault that are told

R = TypeVar("R", bound=BaseModel)


@dataclass
class Ledger:
    """What was asked of a model, and the most that may be.

    Attributes:
        calls: most requests; those for an answer in place of one that could not be used count, too.
        asked: requests so far.
        kept: questions whose answer was there already.
        tokens: of questions and answers so far, as far as they are counted.
    """

    calls: int = 1000
    asked: int = 0
    kept: int = 0
    tokens: dict[str, int] = field(default_factory=lambda: {"asked": 0, "answered": 0})

    def spend(self) -> None:
        """Count a request that is about to be made.

        Raises:
            CdmError: if there may be no more.
        """
        if self.asked >= self.calls:
            raise CdmError(f"{self.calls} requests were made, the most that --calls allows")
        self.asked += 1

    def count(self, asked: int, answered: int) -> None:
        """Add the tokens of a request."""
        self.tokens["asked"] += asked
        self.tokens["answered"] += answered


@dataclass(frozen=True)
class Asking:
    """Who is asked, how, and what is kept of it.

    Attributes:
        speaker: the model.
        manner: how it answers.
        ledger: what it costs, over all pictures.
        kept: where answers are kept; None if nowhere.
    """

    speaker: Speaker
    manner: Manner
    ledger: Ledger = field(default_factory=Ledger)
    kept: cache.Kept | None = None

    def about(self, image: Picture) -> Conversation:
        """A conversation about a picture that begins."""
        return Conversation(self, image, [Turn("system", prompts.question("system"))])


@dataclass
class Conversation:
    """What was said so far of a picture; an answer that could not be used is forgotten."""

    asking: Asking
    image: Picture
    turns: list[Turn]

    def tell(self, stage: str, **words: object) -> str:
        """Ask for an answer in words.

        Raises:
            CdmError: if none can be had.
        """
        said: str = self._turn(stage, words, None, replies.paragraph)
        return said

    def ask(self, stage: str, form: type[R], check: Callable[[R], Any] = lambda reply: None, **words: object) -> R:
        """Ask for an answer in a form.

        Args:
            stage: of the prompts.
            form: what the answer must be.
            check: raises a CdmError that says why an answer of that form cannot be used all the same.
            words: for the places of the prompt.

        Raises:
            Unanswered: if none of some answers could be used.
            CdmError: if none can be had.
        """

        def read(text: str) -> R:
            reply = replies.read(form, text)
            check(reply)
            return reply

        found: R = self._turn(stage, words, form, read)
        return found

    def _turn(
        self, stage: str, words: Mapping[str, object], form: type[BaseModel] | None, read: Callable[[str], Any]
    ) -> Any:
        shown = self.image if len(self.turns) == 1 else None
        asked = [*self.turns, Turn("user", prompts.question(stage, **words), shown)]
        wanted = None if form is None else replies.schema(form)
        text = self._known(asked, wanted, read) or self._answered(stage, asked, wanted, read)
        self.turns = [*asked, Turn("assistant", replies.aloud(text))]
        return read(text)

    def _known(self, asked: Sequence[Turn], form: Mapping[str, Any] | None, read: Callable[[str], Any]) -> str | None:
        """The answer that was kept, if it can still be used."""
        text = self.asking.kept.get(self._key(asked, form)) if self.asking.kept else None
        try:
            read(text or "")
        except CdmError:
            return None
        self.asking.ledger.kept += 1
        return text

    def _answered(
        self, stage: str, asked: Sequence[Turn], form: Mapping[str, Any] | None, read: Callable[[str], Any]
    ) -> str:
        """An answer that can be used, and is kept; each that cannot is told what is wrong with it."""
        speaker, manner, turns, fault = self.asking.speaker, self.asking.manner, list(asked), ""
        for _ in range(ATTEMPTS):
            self.asking.ledger.spend()
            said = speaker.say(turns, manner, form)
            self.asking.ledger.count(said.asked, said.answered)
            try:
                if not said.whole:
                    raise CdmError(f"it was cut off after {manner.tokens} tokens, the most that --tokens allows")
                read(said.text)
            except CdmError as error:
                fault = str(error)[:_SHORT]
                turns = [
                    *asked,
                    Turn("assistant", replies.aloud(said.text)),
                    Turn("user", prompts.question("again", fault=fault)),
                ]
                continue
            if self.asking.kept:
                self.asking.kept.put(self._key(asked, form), said.text)
            return said.text
        raise Unanswered(f"{speaker.name}: {stage}: none of {ATTEMPTS} answers can be used; of the last: {fault}")

    def _key(self, asked: Sequence[Turn], form: Mapping[str, Any] | None) -> str:
        speaker = self.asking.speaker
        who = {"name": speaker.name, "told": dict(speaker.told), "manner": asdict(self.asking.manner), "form": form}
        said = [[turn.role, turn.text, None if turn.image is None else _sum(turn.image)] for turn in asked]
        return cache.key({**who, "turns": said})


def _sum(image: Picture) -> str:
    return hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest()
