"""Blind rounds become one curated layer: what annotators agree on stands, the rest is decided, and each decision is kept."""
