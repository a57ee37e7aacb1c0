"""variorum card: see `variorum card --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["card", *sys.argv[1:]])
