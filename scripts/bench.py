"""Runs a benchmark of tests/benchmarks: `python scripts/bench.py build --tasks 1000`, `... label_studio`, `... diff`."""

import runpy
import sys
from pathlib import Path

root = Path(__file__).parent.parent
sys.path.insert(0, str(root))
sys.argv = sys.argv[1:]
runpy.run_path(str(root / "tests" / "benchmarks" / f"{sys.argv[0]}.py"), run_name="__main__")
