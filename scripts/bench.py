"""Runs one of the benchmarks in tests/benchmarks; `python scripts/bench.py build --help` tells what that one can do."""

import argparse
import runpy
import sys
from pathlib import Path

root = Path(__file__).parent.parent
parser = argparse.ArgumentParser(description=__doc__, epilog="Example: python scripts/bench.py build --tasks 1000")
parser.add_argument("benchmark", choices=("build", "diff", "label_studio"))
chosen = parser.parse_args(sys.argv[1:2] or ["--help"]).benchmark
sys.path.insert(0, str(root))
sys.argv = [f"bench.py {chosen}", *sys.argv[2:]]
runpy.run_path(str(root / "tests" / "benchmarks" / f"{chosen}.py"), run_name="__main__")
