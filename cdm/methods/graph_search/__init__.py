"""Graph search: a published way to a graph, on true labels; the row that says what images cost.

Whoever learns a graph from pictures is to be seen beside whoever is told every value. Nothing is drawn.
"""

from cdm.methods.graph_search.answer import GraphSearch, load
from cdm.methods.graph_search.config import PRESETS, Options
from cdm.methods.graph_search.fit import fit
from cdm.methods.parts.descent import rehearsal
from cdm.models.protocol import MODELS, Entry

MODELS[GraphSearch.name] = Entry(Options, fit, load, PRESETS, rehearse=rehearsal(fit), clips=True)
