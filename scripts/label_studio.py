"""variorum label-studio: see `variorum label-studio --help`."""

import sys

from variorum.cli import main

main(["label-studio", *sys.argv[1:]])
