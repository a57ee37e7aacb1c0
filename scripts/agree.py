"""variorum agree: see `variorum agree --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["agree", *sys.argv[1:]])
