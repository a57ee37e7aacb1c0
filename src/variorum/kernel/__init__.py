"""Many texts at once, without a Python object a token: what `dataset` says of one text, in arrays, to the same result.

The plain functions stay the reference: each of these is held against its own by a property test.
"""
