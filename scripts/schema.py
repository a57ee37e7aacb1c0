"""variorum schema: see `variorum schema --help`."""

import sys

from variorum.cli import main

main(["schema", *sys.argv[1:]])
