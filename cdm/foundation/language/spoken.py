"""Extractor, manipulator and judge that ask a language model, in the stages of FM-CGM."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cdm.errors import CdmError, suggestion
from cdm.foundation.language import replies
from cdm.foundation.language.conversation import Asking, Conversation
from cdm.foundation.protocols import Edit, Manipulation, Picture
from cdm.foundation.semantic import Concept, SemanticSCM

Check = Callable[[str, str], Any]
MOST = 8  # concepts that are asked for where nobody names them


@dataclass(frozen=True)
class SpokenExtractor:
    """Has a picture described, its concepts listed, and their edges drawn.

    Attributes:
        asking: the model.
        named: what each concept is called that it must find, and what it can be, in words; it finds its own if empty.
        wanted: concepts that must be among those that it finds.
        most: concepts that it may find.
    """

    asking: Asking
    named: Mapping[str, str] = field(default_factory=dict)
    wanted: Sequence[str] = ()
    most: int = MOST

    def extract(self, image: Picture) -> SemanticSCM:
        """The semantic SCM of a picture, in three questions.

        Raises:
            CdmError: if a question is not answered.
        """
        talk = self.asking.about(image)
        talk.tell("describe")
        most, given = max(self.most, len(self.named), len(self.wanted)), self._given()
        found = talk.ask("concepts", replies.Concepts, self._check, most=most, given=given)
        concepts = tuple(map(_concept, found.concepts))
        listed = _listed(concepts)
        drawn = talk.ask("edges", replies.Edges, lambda reply: _drawn(concepts, reply), concepts=listed)
        return _drawn(concepts, drawn)

    def _given(self) -> str:
        """What the prompt says of concepts that are known already."""
        if self.named:
            lines = "\n".join(f"- {name}: {what}" for name, what in self.named.items())
            return f"Take exactly these, under these names:\n{lines}"
        quoted = ", ".join(f'"{name}"' for name in self.wanted)
        return f"These must be among them, under these names: {quoted}." if self.wanted else ""

    def _check(self, found: replies.Concepts) -> None:
        names = [concept.name for concept in found.concepts]
        SemanticSCM(tuple(map(_concept, found.concepts)), ())
        missing = [name for name in (self.named or self.wanted) if name not in names]
        if missing:
            raise CdmError(f"the concept {missing[0]!r} is missing; {suggestion(missing[0], names)}")
        beyond = [name for name in names if self.named and name not in self.named]
        if beyond:
            raise CdmError(f"no concept {beyond[0]!r} was asked for; {suggestion(beyond[0], self.named)}")


@dataclass(frozen=True)
class SpokenManipulator:
    """Has a model say what a value that is set looks like, what follows from it, and the whole picture.

    Attributes:
        asking: the model.
        check: raises a CdmError that says why a concept cannot have a value, which the model is then told.
    """

    asking: Asking
    check: Check = lambda name, value: None

    def propose(self, scm: SemanticSCM, image: Picture, count: int) -> list[dict[str, str]]:
        """Interventions of one concept each that differ as much as the model can make them.

        Raises:
            CdmError: if the question is not answered.
        """

        def check(reply: replies.Interventions) -> None:
            done = [(each.concept, each.value) for each in reply.interventions]
            if len(set(done)) != count or len(done) != count:
                raise CdmError(f"{count} different interventions are needed, found {len(set(done))} of {len(done)}")
            for name, value in done:
                if scm[name].value == value:
                    raise CdmError(f"{name} is {value} already")

        reply = self.asking.about(image).ask("propose", replies.Interventions, check, count=count, **_told(scm))
        return [{each.concept: each.value} for each in reply.interventions]

    def manipulate(self, scm: SemanticSCM, do: Mapping[str, str], image: Picture) -> Manipulation:
        """What a do makes of a semantic SCM: three questions, or two if nothing comes after what is set.

        Raises:
            CdmError: if it is no do on one of the concepts, or a question is not answered.
        """
        target, after = scm.single(do)
        talk, before, said = self.asking.about(image), scm[target].value, _told(scm)
        phrase = talk.ask("intervene", replies.Phrase, target=target, before=before, after=after, **said).phrase
        below = scm.descendants(target)
        followed = self._followed(talk, scm, target, after, below) if below else ()
        edits = (Edit(target, before, after, phrase), *(edit for edit in followed if edit.after != edit.before))
        moved = {edit.concept for edit in edits}
        kept = tuple(name for name in scm.names if name not in moved)
        changed = "; ".join(f'"{edit.concept}" is "{edit.after}": {edit.phrase}' for edit in edits)
        stays = "; ".join(f'"{name}" is "{scm[name].value}"' for name in kept) or "nothing that was named"
        return Manipulation(
            edits[0], edits[1:], kept, talk.ask("keep", replies.Prompt, changed=changed, kept=stays).prompt
        )

    def _followed(
        self, talk: Conversation, scm: SemanticSCM, target: str, after: str, below: Sequence[str]
    ) -> tuple[Edit, ...]:
        """What the descendants of a target become, in their order."""

        def check(reply: replies.States) -> None:
            told = [state.concept for state in reply.states]
            if sorted(told) != sorted(below):
                raise CdmError(f"each of {', '.join(below)} is needed once, found {', '.join(told) or 'none'}")
            for state in reply.states:
                if state.value != scm[state.concept].value:
                    self.check(state.concept, state.value)

        quoted = ", ".join(f'"{name}", which is "{scm[name].value}"' for name in below)
        reply = talk.ask("propagate", replies.States, check, target=target, after=after, descendants=quoted)
        states = {state.concept: state for state in reply.states}
        return tuple(Edit(name, scm[name].value, states[name].value, states[name].phrase) for name in below)


@dataclass(frozen=True)
class SpokenJudge:
    """Asks a model whether a picture shows something.

    Attributes:
        asking: the model.
    """

    asking: Asking

    @property
    def name(self) -> str:
        """Of the model."""
        return self.asking.speaker.name

    def finds(self, image: Picture, concept: str, value: str) -> bool:
        """Whether a concept has a value in a picture.

        Raises:
            CdmError: if the question is not answered.
        """
        return self.asking.about(image).ask("judge", replies.Verdict, concept=concept, value=value).shown


def _concept(found: replies.NamedConcept) -> Concept:
    """A concept whose value is among those that it can have, once each."""
    return Concept(found.name, found.value, tuple(dict.fromkeys((found.value, *found.values))))


def _listed(concepts: Sequence[Concept]) -> str:
    return "\n".join(f'- "{concept.name}": "{concept.value}"' for concept in concepts)


def _told(scm: SemanticSCM) -> dict[str, Any]:
    """A semantic SCM as a question tells it."""
    edges = "; ".join(f'"{cause}" -> "{effect}"' for cause, effect in scm.edges) or "none"
    return {"concepts": _listed(scm.concepts), "edges": edges}


def _drawn(concepts: tuple[Concept, ...], reply: replies.Edges) -> SemanticSCM:
    return SemanticSCM(concepts, tuple(dict.fromkeys((edge.cause, edge.effect) for edge in reply.edges)))
