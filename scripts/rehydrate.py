"""variorum rehydrate: see `variorum rehydrate --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["rehydrate", *sys.argv[1:]])
