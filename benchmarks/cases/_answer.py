"""How a case tells the runner that it is done, and under which memory limit it runs."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping

STARTED = time.perf_counter()
MEMORY_LIMIT = 12 * 2**30

_imports = [0.0]


def begin() -> None:
    """Note how long the imports took, and limit the memory of what follows.

    Beyond the limit the process ends with a MemoryError, before the machine begins to swap.
    """
    _imports[0] = time.perf_counter() - STARTED
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, hard))


def answer(counts: Callable[[], Mapping[str, object]]) -> None:
    """Tell the runner that the work is done, then count what was made.

    The runner stops its clock at the first line. Counting comes after it and costs the case
    neither time nor memory: both are read before.
    """
    cpu = time.process_time()
    sys.stdout.write("done\n")
    sys.stdout.flush()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    scale = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    used = {"imports_s": _imports[0], "cpu_s": cpu, "peak_mb": peak * scale / 1e6}
    sys.stdout.write(json.dumps({**used, "counts": counts()}) + "\n")
