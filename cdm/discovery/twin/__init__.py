"""Evidence from twin networks (Balke and Pearl 1994): pairs of codes whose two sides share their noise.

Movement tells ancestors, :mod:`parents` which of them act directly, :mod:`confounding` whose noises depend on each
other; :mod:`odds` makes probabilities of evidence.
"""
