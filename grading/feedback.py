"""Feedback pages by nbgrader's own generate_feedback, several students at a time."""

from collections.abc import Iterator

from distributed import Client, as_completed

from grading.classroom import submissions
from grading.course import AUTOGRADED, nbgrader


def write_feedback(name: str, student: str) -> str:
    """One page under build/feedback; nbgrader only reads the gradebook for it. The log when it failed, else ''."""
    outcome = nbgrader().generate_feedback(name, student, force=True)
    return "" if outcome["success"] else outcome.get("log") or outcome["error"]


def to_write(names: list[str]) -> list[tuple[str, str]]:
    """(assignment, student) of everything that has been graded."""
    return [(one.assignment, one.student) for one in submissions(names)
            if (AUTOGRADED / one.student / one.assignment).is_dir()]


def write_all(pairs: list[tuple[str, str]], client: Client) -> Iterator[tuple[str, str, str]]:
    """(assignment, student, error log or '') for each page, as they are done."""
    futures = {client.submit(write_feedback, *pair, pure=False): pair for pair in pairs}
    for future in as_completed(futures):
        yield *futures[future], future.result()
