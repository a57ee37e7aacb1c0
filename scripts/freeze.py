"""variorum freeze: see `variorum freeze --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["freeze", *sys.argv[1:]])
