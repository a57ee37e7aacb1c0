"""Other formats: a release or a corpus out into them, and some of them in as a corpus of this shape."""
