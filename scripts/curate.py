"""variorum curate: see `variorum curate --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["curate", *sys.argv[1:]])
