"""Do the same submissions get the same marks every time? The probes, graded again and again in random order.

    python -m benchmarks.repeats 20 [NAME]...

In every round all probes of the assignments are graded by new workers in an order of its own, as many at once as the
machine has cores, each with other neighbours than before; in every second round the environment asks for two threads.
Points and messages of every part must be those of the first round. Exit code 1 when some are not.
"""

import argparse
import os
import random
import sys

from common.progress import progress
from grading import course, probing
from grading.cli import probe_task
from grading.cluster import cluster, prepare
from grading.workers import run


def marks(result) -> tuple:
    """What must repeat: each part's points and what is said about it."""
    return tuple((cell.id, cell.score, cell.message, *((part["name"], part["score"], part["message"])
                                                       for part in cell.parts)) for cell in result.cells)


def main() -> int:
    parser = argparse.ArgumentParser(description="Grade all probes again and again, and compare their marks.")
    parser.add_argument("rounds", type=int)
    parser.add_argument("names", nargs="*")
    chosen = parser.parse_args()
    groups = [group for name in course.chosen(chosen.names)
              for group in probing.together(probing.load_probes(course.assignment(name)))]
    tasks, first, others = [probe_task(group) for group in groups], {}, {}
    for number in progress(range(chosen.rounds), desc="rounds"):
        os.environ["OMP_NUM_THREADS"] = str(1 + number % 2)
        prepare(map(course.assignment, course.chosen(chosen.names)))
        order = random.Random(number).sample(tasks, len(tasks))
        with cluster() as client:
            for task, result in progress(run(client, order), total=len(order), desc=f"round {number + 1}"):
                if isinstance(result, Exception):
                    raise result
                found = marks(result)
                if found != first.setdefault(task.key, found):
                    others.setdefault(task.key, []).append((number, found))
    for group, seen in others.items():
        number, found = seen[0]
        changed = [f"{now} instead of {before}" for before, now in zip(first[group], found, strict=True)
                   if now != before]
        print(f"{probing.combined(group).name}: other marks in {len(seen)} rounds; in round {number} {changed}")
    print(f"{len(tasks) - len(others)} of {len(tasks)} notebooks got the same marks in each of {chosen.rounds} rounds")
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main())
