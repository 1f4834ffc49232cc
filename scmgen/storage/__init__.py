"""A data set on disk or on a server: places, archives, shards, the manifest, and reading them back.

Imports data sets and what lies below them.
"""
