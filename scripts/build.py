"""variorum build: see `variorum build --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["build", *sys.argv[1:]])
