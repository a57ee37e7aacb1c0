"""variorum report: see `variorum report --help`."""

import sys

from variorum.cli import main

if __name__ == "__main__":  # worker processes load this file too
    main(["report", *sys.argv[1:]])
