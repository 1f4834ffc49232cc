"""Protocols that come with cdm: a file each, whose sum is what answers are answers to."""
