"""variorum label-studio: see `variorum label-studio --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["label-studio", *sys.argv[1:]])
