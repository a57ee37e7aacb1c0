"""Annotators at work: a Label Studio server, filled from the corpus and emptied into annotations/."""
