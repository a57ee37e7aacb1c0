"""variorum publish: see `variorum publish --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["publish", *sys.argv[1:]])
