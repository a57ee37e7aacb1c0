"""variorum rehydrate: see `variorum rehydrate --help`."""

import sys

from variorum.cli import main

main(["rehydrate", *sys.argv[1:]])
