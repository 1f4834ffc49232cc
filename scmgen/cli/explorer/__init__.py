"""A local page to play with a scene: a slider for each factor, the image, and its counterfactual under a do.

``subject`` finds the scene, ``question`` reads what the page asks, ``code`` spells the same in Python and on the
command line, ``answers`` computes and draws, and ``server`` lets nobody but the page itself ask.
"""
