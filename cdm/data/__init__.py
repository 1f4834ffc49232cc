"""Shards as training data: what a data set tells of itself, its pairs, and files that appear whole or not at all.

Imports networks, discovery and what lies below them.
"""
