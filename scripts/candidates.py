"""variorum candidates: see `variorum candidates --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["candidates", *sys.argv[1:]])
