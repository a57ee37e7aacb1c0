"""variorum convert: see `variorum convert --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["convert", *sys.argv[1:]])
