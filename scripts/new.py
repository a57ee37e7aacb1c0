"""variorum new: see `variorum new --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["new", *sys.argv[1:]])
