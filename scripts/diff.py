"""variorum diff: see `variorum diff --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["diff", *sys.argv[1:]])
