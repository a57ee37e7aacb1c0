"""variorum validate: see `variorum validate --help`."""

import sys

from variorum.cli import main

main(["validate", *sys.argv[1:]])
