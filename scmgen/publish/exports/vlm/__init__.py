"""Questions for models that see and read, with exact answers: ``scmgen export --to vlm``, docs/how-to/vlm.md.

Three families: *structure* asks for the graph, *intervention* which factor was set, *counterfactual* what would have
been. The folder ``scoring`` reads what a model answered, and knows of the rest only the files that it wrote.
"""

from scmgen.publish.exports.vlm import layout

__all__ = ["layout"]
