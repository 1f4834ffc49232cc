"""Meshes that are brought: files of triangles, read and never trusted."""
