"""What grades a class: Dask's workers, by default one for each core of this machine; or any cluster that Dask knows.

Before the first submission come imports: seconds of PyTorch's, for the students' code and for the judge. On this
machine each are done once, by a process that does nothing else: kernels are forked from the zygote inside the walls
(`grading.warm`), workers from a process with the judge's imports (multiprocessing's start method "forkserver").
"""

import contextlib
import importlib
import logging
import multiprocessing
import os
import sys
import tomllib
from collections.abc import Iterable, Iterator
from multiprocessing import forkserver
from pathlib import Path

from common.fetching import DataUnavailable
from grading.course import UsageError, sandbox_for
from grading.source import Assignment
from grading.warm import zygote

LINUX = sys.platform == "linux"


def prepare(assignments: Iterable[Assignment] = ()):
    """Begin the imports for grading these on this machine; they go on beside what the caller does next."""
    modules = []
    for assignment in assignments:
        with contextlib.suppress(DataUnavailable):  # whoever needs the data says so
            zygote(sandbox := sandbox_for(assignment))
            modules += sandbox.preload
    if LINUX:
        multiprocessing.set_forkserver_preload(["grading.template", *dict.fromkeys(modules)])
        with _environment(OMP_NUM_THREADS="1"):  # no threads in a process that is forked, and results that repeat
            forkserver.ensure_running()


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def cluster(address: str | None = None) -> Iterator:
    """A `distributed.Client`: of the scheduler at `address`, or of the cluster that a TOML file of that name describes
    (`described`); else of workers on this machine, one a core.

    On this machine they talk by TLS with a certificate of this run: whoever reaches a scheduler can make its workers
    run anything, and other people may be logged in here.
    """
    if not address:
        prepare()
    import dask
    from distributed import Client, LocalCluster, utils

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # failures come back with the futures
    dask.config.set({"distributed.admin.low-level-log-length": 0})  # of a thousand messages: each is a submission here
    if address:
        with contextlib.ExitStack() as stack:
            made = stack.enter_context(described(address)) if address.endswith(".toml") else None
            where = {"address": made.scheduler_address, "security": made.security} if made else {"address": address}
            yield stack.enter_context(Client(**where))
        return
    dask.config.set({"distributed.worker.daemon": False, "distributed.scheduler.allowed-failures": 1})
    if LINUX:
        dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"})
        utils._forkserver_preload_set = True  # or Dask imports here whatever it knows, to have it preloaded
    try:
        with (
            LocalCluster(n_workers=os.cpu_count(), threads_per_worker=1, processes=True, memory_limit=0,
                         security=True, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL) as local,
            Client(local) as client,
        ):
            yield client
    finally:
        if LINUX:  # another cluster may have other modules, another environment
            forkserver._forkserver._stop()


@contextlib.contextmanager
def described(path: str) -> Iterator:
    """Start the cluster of a TOML file, and end it:

    class = "dask_jobqueue.SLURMCluster"    one of Dask's, by its module
    workers = 64                            how many to ask it for; without this, those that it starts with
    [options]                               what the class is made with

    Raises UsageError, in a sentence, where the file, the class or an option is not as it should be.
    """
    try:
        said = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        if "class" not in said:
            raise ValueError('no class is named; write for example class = "dask_jobqueue.SLURMCluster"')
        module, _, name = said["class"].rpartition(".")
        made = getattr(importlib.import_module(module), name)(**said.get("options", {}))
    except ImportError as error:
        raise UsageError(f"{path}: {error}: install it beside the course (`.venv/bin/pip install …`)") from None
    except (OSError, ValueError, AttributeError, TypeError, RuntimeError) as error:
        raise UsageError(f"{path}: {error}") from None
    with made:
        if "workers" in said:
            made.scale(said["workers"])
        yield made
