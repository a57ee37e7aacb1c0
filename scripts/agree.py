"""variorum agree: see `variorum agree --help`."""

import sys

from variorum.cli import main

main(["agree", *sys.argv[1:]])
