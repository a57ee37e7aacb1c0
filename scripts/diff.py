"""variorum diff: see `variorum diff --help`."""

import sys

from variorum.cli import main

main(["diff", *sys.argv[1:]])
