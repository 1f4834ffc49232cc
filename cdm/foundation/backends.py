"""Who does each part of the pipeline, made when it is first needed: what is heavy or missing is imported there."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cdm.errors import CdmError
from cdm.foundation import makers
from cdm.foundation.choices import SPOKEN, Chosen
from cdm.foundation.protocols import Extractor, Generator, Judge, Manipulator, Proposer

if TYPE_CHECKING:
    from cdm.foundation.known.learned import Learned
    from cdm.foundation.known.oracle import Oracle
    from cdm.foundation.language.conversation import Asking, Ledger
    from cdm.foundation.language.speaker import Manner, Speaker

T = TypeVar("T")
_GUIDED = {"csg": (makers.guided_run, "cdm"), "ledits": (makers.guided_pipeline, "foundation")}


@dataclass(frozen=True)
class Backends:
    """The parts, which share models, what is kept of answers, and what may be spent.

    Attributes:
        model: which language model, if a place does not say it.
        endpoint: URL of the server, if a place does not say it.
        key: the variable that holds its key.
        form: how it is asked for the form of an answer.
        timeout: seconds that an answer may take.
        retries: further tries where a server is busy.
        calls: most requests.
        temperature, tokens: in place of those that each part has.
        seed: of whatever is drawn.
        data: the data set that the oracle knows, if a place does not say it.
        split: of it.
        cache: where decoded shards and answers are kept; None if where the user keeps such.
        device: where to compute.
        settings: of the generator.
    """

    model: str | None = None
    endpoint: str | None = None
    key: str = "OPENAI_API_KEY"
    form: str = "schema"
    timeout: float = 120.0
    retries: int = 2
    calls: int = 1000
    temperature: float | None = None
    tokens: int | None = None
    seed: int = 0
    data: str | None = None
    split: str = "test"
    cache: Path | None = None
    device: str = "cpu"
    settings: Mapping[str, Any] = field(default_factory=dict)
    _made: dict[Any, Any] = field(default_factory=dict, repr=False)
    _manners: dict[str, Any] = field(default_factory=dict, repr=False)

    def extractor(self, who: Chosen, named: Mapping[str, str], wanted: Sequence[str]) -> Extractor:
        """Who reads pictures.

        Args:
            who: was chosen.
            named: concepts that it must find, each with what it can be; it finds its own if empty.
            wanted: concepts that must be among those.

        Raises:
            CdmError: if it cannot be had.
        """
        if who.name in SPOKEN:
            asking = self._asking(who, "EXTRACTING")
            from cdm.foundation.language.spoken import SpokenExtractor

            return SpokenExtractor(asking, named, wanted)
        return self.oracle(who) if who.name == "oracle" else self._learned(who)

    def manipulator(self, who: Chosen, check: Callable[[str, str], Any] | None = None) -> Manipulator:
        """Who intervenes.

        Args:
            who: was chosen.
            check: raises a CdmError that says why a concept cannot have a value.

        Raises:
            CdmError: if it cannot be had.
        """
        if who.name in SPOKEN:
            asking = self._asking(who, "MANIPULATING")
            from cdm.foundation.language.spoken import SpokenManipulator

            return SpokenManipulator(asking, check) if check else SpokenManipulator(asking)
        return self.oracle(who) if who.name == "oracle" else self._learned(who)

    def proposer(self, who: Chosen) -> Proposer:
        """Who names interventions: the manipulator, if it is a language model.

        Raises:
            CdmError: if it is none.
        """
        if who.name not in SPOKEN:
            raise CdmError(f"--propose: {who.option} names no interventions; {' and '.join(SPOKEN)} do")
        named: Any = self.manipulator(who)
        proposer: Proposer = named
        return proposer

    def judge(self, who: Chosen) -> Judge | None:
        """Who says what a picture shows; None if nobody.

        Raises:
            CdmError: if it cannot be had.
        """
        if who.name == "none":
            return None
        if who.name in SPOKEN:
            asking = self._asking(who, "JUDGING")
            from cdm.foundation.language.spoken import SpokenJudge

            return SpokenJudge(asking)
        if who.name == "cdm":
            return self._learned(who)
        place = who.place or self.data
        if not place:
            raise who.needs("a data set")
        with makers.needing(who, "cdm"):
            return makers.reading(place, self.cache, self.device)

    def generator(self, who: Chosen) -> Generator | None:
        """Who draws; None if nobody.

        Raises:
            CdmError: if it cannot be had, or a setting is none of its.
        """
        if who.name in ("none", "cdm") and self.settings:
            raise CdmError(f"--set: {who.option} takes no settings; csg and ledits do")
        if who.name == "none":
            return None
        if not who.place:
            raise who.needs("a pipeline of diffusers" if who.name == "ledits" else "the directory of a run")
        if who.name == "cdm":
            return self._learned(who)
        make, extra = _GUIDED[who.name]
        with makers.needing(who, extra):
            return make(who.place, self.device, self.seed, self.settings)

    def oracle(self, who: Chosen) -> Oracle:
        """The oracle of a data set, one for all parts.

        Raises:
            CdmError: if it cannot be had.
        """
        place = who.place or self.data
        if not place:
            raise who.needs("a data set")
        return self._once(makers.oracle, place, self.split, self.cache)

    def told(self) -> dict[str, Any]:
        """What a report says of language models that were asked, and of what they cost; nothing if none was."""
        if "ledger" not in self.__dict__:
            return {"seed": self.seed}
        from cdm.foundation.language import prompts

        asked = {"version": prompts.VERSION, "sha256": prompts.digest()}
        models = [dict(made.told) for made in self._made.values() if hasattr(made, "say")]
        return {
            "seed": self.seed, "models": models, "prompts": asked, "manners": self._manners,
            "retries": self.retries, "budget": asdict(self.ledger),
        }  # fmt: skip

    @functools.cached_property
    def ledger(self) -> Ledger:
        """What all parts together ask of language models."""
        from cdm.foundation.language.conversation import Ledger

        return Ledger(self.calls)

    def _once(self, make: Callable[..., T], *told: Any) -> T:
        """What is made but once, however many parts share it."""
        if (make, told) not in self._made:
            self._made[make, told] = make(*told)
        made: T = self._made[make, told]
        return made

    def _learned(self, who: Chosen) -> Learned:
        if not who.place:
            raise who.needs("the directory of a run")
        with makers.needing(who, "cdm"):
            return self._once(makers.learned, who.place, self.device)

    def _asking(self, who: Chosen, manner: str) -> Asking:
        """A language model, how it answers, and where answers are kept."""
        from cdm.data import files
        from cdm.foundation.language import speaker as manners
        from cdm.foundation.language.cache import Kept
        from cdm.foundation.language.conversation import Asking

        usual: Manner = getattr(manners, manner)
        temperature = usual.temperature if self.temperature is None else self.temperature
        told = type(usual)(temperature, self.tokens or usual.tokens, self.seed)
        self._manners[who.part] = asdict(told)
        kept = Kept(files.caches(self.cache) / "answers")
        return Asking(self._speaker(who), told, self.ledger, kept)

    def _speaker(self, who: Chosen) -> Speaker:
        if who.name == "transformers":
            model = who.place or self.model
            if not model:
                raise who.needs("a directory or name of a model")
            with makers.needing(who, "foundation"):
                return self._once(makers.local, model, self.device)
        url = who.place or self.endpoint
        if not url or not self.model:
            raise CdmError(
                f"{who.option}: {'--model' if url else '--endpoint'} is needed, "
                "as in --endpoint http://localhost:8000/v1 --model NAME"
            )
        with makers.needing(who, "foundation"):
            return self._once(makers.remote, url, self.model, self.key, self.timeout, self.retries, self.form)
