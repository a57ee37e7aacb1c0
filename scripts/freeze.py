"""variorum freeze: see `variorum freeze --help`."""

import sys

from variorum.cli import main

main(["freeze", *sys.argv[1:]])
