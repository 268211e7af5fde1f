"""Many submissions at once: the pure function `grade` on a Dask cluster (`grading.cluster`), one submission a task.

The coordinator keeps only a few submissions in flight, so its memory does not grow with the class.
"""

import functools
import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from distributed import Client, KilledWorker, as_completed

from common.fetching import DataUnavailable
from grading.course import sandbox_for
from grading.grade import Result, grade, refused
from grading.sandbox import Sandbox
from grading.source import Assignment, parse
from grading.warm import zygote


@dataclass(frozen=True)
class Task:
    """One submission to grade: `key` is the caller's, `text` the author's file, `data` what was handed in.

    Without a sandbox, the worker makes the assignment's, with the data sets of its own machine.
    """

    key: object
    name: str
    text: str
    data: bytes | None
    sandbox: Sandbox | None = None
    student: str = ""
    checkpoints: tuple[tuple[str, bytes], ...] = ()
    notes: tuple[str, ...] = ()


def grade_task(task: Task) -> Result:
    """What a worker does. Pure: everything it needs is in the task."""
    os.environ["OMP_NUM_THREADS"] = "1"
    assignment, sandbox = _assignment(task.text, task.name), task.sandbox or _sandbox(task.text, task.name)
    result = grade(assignment, task.data, sandbox, task.student, dict(task.checkpoints))
    result.notes[:0] = task.notes
    return result


@functools.lru_cache(maxsize=8)
def _assignment(text: str, name: str) -> Assignment:
    return parse(text, name)


@functools.lru_cache(maxsize=8)
def _sandbox(text: str, name: str) -> Sandbox:
    return sandbox_for(_assignment(text, name))


def here(sandbox: Sandbox) -> Sandbox:
    """The sandbox for workers of this machine: they fork their kernels from our zygote, which has what these import."""
    return replace(sandbox, zygote=zygote(sandbox)) if sandbox.walls and sandbox.warm else sandbox


def _with_zygote(task: Task) -> Task:
    try:
        return replace(task, sandbox=here(task.sandbox or _sandbox(task.text, task.name)))
    except DataUnavailable:
        return task  # the worker will say so


def run(client: Client, tasks: Iterable[Task]) -> Iterator[tuple[Task, Result | Exception]]:
    """Each task with its result, in the order in which they end; an exception means that the grader failed.

    Those whose workers died again and again are graded once more at the end, one at a time: then it is clear which of
    them ended the workers, and which only waited behind it.
    """
    suspects, at_once = [], 0
    if client.cluster:  # it is ours, on this machine, and all workers are there
        tasks, at_once = map(_with_zygote, tasks), 2 * len(client.nthreads())
    for task, result in _run(client, tasks, at_once):
        if isinstance(result, KilledWorker):
            suspects.append(task)
        else:
            yield task, result
    for task, result in _run(client, suspects, 1):
        if isinstance(result, KilledWorker):
            result = refused(_assignment(task.text, task.name), "The grader's process ended each time it was grading "
                             "this notebook, so it was given up.", task.student, "it ended the grader's process")
        yield task, result


def _run(client: Client, tasks: Iterable[Task], at_once: int) -> Iterator[tuple[Task, Result | Exception]]:
    """The same, and KilledWorker for those that the cluster gave up.

    at_once: how many are in flight; 0: two for each worker, of which some may come later.
    """
    tasks, running, queue = iter(tasks), {}, as_completed()

    def submit():
        free = (at_once or 2 * max(1, len(client.nthreads()))) - len(running)
        for task in itertools.islice(tasks, max(0, free)):  # less than none is free when a worker has died
            future = client.submit(grade_task, task, pure=False, retries=1)
            running[future.key] = task
            queue.add(future)

    submit()
    for future in queue:
        task = running.pop(future.key)
        try:
            yield task, future.result()
        except Exception as error:
            yield task, error
        future.release()
        submit()
