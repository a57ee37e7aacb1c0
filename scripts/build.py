"""variorum build: see `variorum build --help`."""

import sys

from variorum.cli import main

main(["build", *sys.argv[1:]])
