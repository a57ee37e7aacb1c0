"""What the process that workers are forked from loads, and nothing else: one thread each, and no pandas.

Threads of polars, Arrow and OpenBLAS would be as many a worker as there are processors, which all workers share.
"""

import os

from variorum.engines import ONE_THREAD

for _name, _value in ONE_THREAD.items():
    os.environ.setdefault(_name, _value)

# Arrow's own allocator keeps what was freed: a worker held 236 MB of its own behind four shards, and 212 without, as fast.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

from variorum.lean_import import hide_pandas  # noqa: E402 # the libraries look at the environment as they are imported

hide_pandas()

from variorum.part import Part, ShardPlan, build_part  # noqa: E402 # pandera would import it

__all__ = ["Part", "ShardPlan", "build_part"]
