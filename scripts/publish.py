"""variorum publish: see `variorum publish --help`."""

import sys

from variorum.cli import main

main(["publish", *sys.argv[1:]])
