"""The process from which this machine's workers are forked: it imports once what the judge needs.

Kernels are not forked from it: they have a server of their own inside the walls (`grading.warm`), without the judge.
This module imports nothing heavy, so that `start` can come before the caller's own imports, and run beside them.
"""

import multiprocessing
import os
import sys
from multiprocessing import forkserver

MODULES = ["distributed.nanny", "grading.grade", "grading.workers", "matplotlib.pyplot", "torch", "torchvision"]


def start() -> bool:
    """Start it, if it is not there yet. False elsewhere than on Linux: there each worker imports for itself."""
    if sys.platform != "linux":
        return False
    os.environ["OMP_NUM_THREADS"] = "1"  # no threads in a process that is forked, and results that repeat
    multiprocessing.set_forkserver_preload(MODULES)
    forkserver.ensure_running()
    return True
