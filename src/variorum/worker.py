"""What the process that workers are forked from loads, and nothing else: one thread each, and no pandas.

Threads of polars, Arrow and OpenBLAS would be as many a worker as there are processors, which all workers share.
"""

import gc
import os

from variorum.engines import ONE_THREAD
from variorum.freed_memory import arrow_gives_back

for _name, _value in ONE_THREAD.items():
    os.environ.setdefault(_name, _value)

arrow_gives_back()

# polars' allocator keeps for a while what was freed: a worker held 168 MB of its own behind seven shards, and 132 where all
# is given back at once, in 2% more time. Who starts workers has polars, which has set this already; the last one counts.
_conf = "_RJEM_MALLOC_CONF"
os.environ[_conf] = ",".join(filter(None, [os.environ.get(_conf), "dirty_decay_ms:0,muzzy_decay_ms:0"]))

from variorum.lean_import import hide_pandas  # noqa: E402 # the libraries look at the environment as they are imported

hide_pandas()

from variorum.dataset.readability import measure  # noqa: E402
from variorum.part import Part, ShardPlan, build_part  # noqa: E402 # pandera would import it

# Dictionaries are loaded here once, and the workers that are forked from here share them: 20 MB and half a second each.
measure("Unforeseeably, words are looked up.", "en")
gc.freeze()  # who looks for cycles writes to all that he looks at, and then has it for himself

__all__ = ["Part", "ShardPlan", "build_part"]
