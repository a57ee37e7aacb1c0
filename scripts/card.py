"""variorum card: see `variorum card --help`."""

import sys

from variorum.cli import main

main(["card", *sys.argv[1:]])
