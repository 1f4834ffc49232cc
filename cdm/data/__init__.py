"""Shards as training data: what a data set tells of itself, and its pairs.

Imports networks' codes and what lies below them.
"""
