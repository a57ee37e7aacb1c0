"""Frozen text and regions become validated tables."""
