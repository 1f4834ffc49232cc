"""What a pipeline made of a street, for whoever shows it."""

from __future__ import annotations

import numpy as np

from cdm.foundation.imagine import Answer, Imagined
from cdm.foundation.protocols import Edit, Generated, Manipulation
from cdm.foundation.semantic import Concept, SemanticSCM

EVIL = '"><script>alert(1)</script>'


def street(name: str = "street.png") -> Imagined:
    """A street of 32 px in the rain, and dry; one of its concepts is called :data:`EVIL`."""
    concepts = (Concept("weather", "rainy"), Concept("road", "wet", ("wet", "dry")), Concept(EVIL, "../../x"))
    scm = SemanticSCM(concepts, (("weather", "road"), ("road", EVIL)))
    before = np.full((32, 48, 3), (60, 80, 110), np.uint8)
    after = before + np.uint8(90)
    edits = Edit("weather", "rainy", "dry", "a clear sky"), (Edit("road", "wet", "dry", "grey asphalt"),)
    told = Manipulation(*edits, (EVIL,), f"A dry road {EVIL}")
    mask = np.zeros((32, 48), np.float32)
    mask[16:] = 1
    drawn = Generated(after, {"weather": 1 - mask, "road": mask}, {"generator": "test", "steps": 30})
    scores = {"VLM-Eff": {"share": 0.5, "judge": "nobody", "found": {"weather": True, "road": False}}}
    return Imagined(
        name, before, scm, (Answer(told, drawn, scores), Answer(told, None, {}, after)), {"structure": {"SHD": 1}}
    )
