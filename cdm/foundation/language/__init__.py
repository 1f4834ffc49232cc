"""Whoever answers in words: conversations with language models that see, and what is made of their answers."""
