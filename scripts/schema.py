"""variorum schema: see `variorum schema --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["schema", *sys.argv[1:]])
