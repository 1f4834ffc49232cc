"""A scene with a hidden common cause, and its edges by kind: what graphs, notations and exports are tried on."""

from __future__ import annotations

import networkx as nx

from scmgen.scene.scene import Scene, SceneDocument, compile_scene
from scmgen.scm.graph import edges, factor_graph
from scmgen.scm.model import from_text

U = "uniform(0, 1)"
CONFOUNDED = {"h": U, "angle": U, "lamp": f"h + {U}", "len": f"angle + lamp + h + {U}", "alone": U}


def scene_of(equations: dict[str, str], factors: list[str], levels: dict[str, list[str]] | None = None) -> Scene:
    """Compile a scene of these equations; what is no level is a number."""
    domains = {name: {"range": [-100.0, 100.0]} for name in factors} | {
        name: {"levels": known} for name, known in (levels or {}).items()
    }
    document = {
        "name": "tried",
        "equations": equations,
        "factors": domains,
        "draw": [{"mark": "fill", "rgb": [1, 1, 1]}],
    }
    return compile_scene(SceneDocument.model_validate(document))


def confounded() -> Scene:
    """Give a scene in which ``lamp`` and ``len`` have a hidden cause in common."""
    return scene_of(CONFOUNDED, ["angle", "lamp", "len", "alone"])


def kinds(graph: nx.MultiDiGraph) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The edges that are directed, and those that are bidirected."""
    return edges(graph, "directed"), edges(graph, "bidirected")


def example() -> nx.MultiDiGraph:
    """Give the graph of the same scene over three factors."""
    return factor_graph(from_text(CONFOUNDED), ["angle", "lamp", "len"])
