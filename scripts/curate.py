"""variorum curate: see `variorum curate --help`."""

import sys

from variorum.cli import main

main(["curate", *sys.argv[1:]])
