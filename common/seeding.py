"""Runs that can be repeated."""

import os
import random
import sys

import numpy as np


def seed_everything(seed):
    """Seed the global random generators of Python, NumPy and, when it has been imported, PyTorch (all devices).

    The same seed gives the same numbers on the same machine with the same number of threads.

    Args:
        seed: int from 0 to 2**31 - 1. Environment variable COURSE_SEED (an int, for repeating a whole notebook with
            other random numbers) is multiplied by 1000 and added.
    """
    seed += 1000 * int(os.environ.get("COURSE_SEED") or 0)
    random.seed(seed)
    np.random.seed(seed)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)
