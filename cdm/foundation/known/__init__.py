"""Whoever knows: the truth of a data set, and a model that was trained on one."""
