"""variorum validate: see `variorum validate --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["validate", *sys.argv[1:]])
