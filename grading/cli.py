"""The command line: `course build|release|data|check|grade|probes|demo|feedback|report|publish`.

Exit codes: 0 done, 1 something graded does not meet its expectations, 2 wrong use. One line an error; a
traceback only with --debug.
"""

import json
import sys
from pathlib import Path

import click

from grading import course
from grading.course import UsageError


class OneLine(click.Group):
    """Errors as one line for the person at the keyboard."""

    def invoke(self, context):
        try:
            return super().invoke(context)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if context.params.get("debug"):
                raise
            text = " ".join(str(error).split()) or type(error).__name__
            click.echo(f"course: {text}", err=True)
            sys.exit(2)


@click.group(cls=OneLine, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def main(debug):
    """Write, release and grade the course's assignments."""


names_argument = click.argument("names", nargs=-1, metavar="[NAME]...")


@main.command()
@names_argument
def build(names):
    """Write nbgrader's source notebooks (build/source) from solutions/."""
    from grading.authoring import build as build_one

    for name in course.chosen(names):
        build_one(course.SOLUTIONS / f"{name}.py", course.SOURCE)
        click.echo(f"build/source/{name}/{name}.ipynb")


@main.command()
@names_argument
def release(names):
    """Make the students' notebooks (assignments/) and check that nothing leaks."""
    from grading.release import release as release_one

    for name in course.chosen(names):
        click.echo(release_one(name).relative_to(course.ROOT))


@main.command()
@names_argument
def data(names):
    """Fetch and verify the data sets."""
    from common.fetching import fetch_all

    fetch_all(names or None)


@main.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--trusted", is_flag=True, help="Run without walls: for your own notebooks only.")
def check(name, file, as_json, trusted):
    """Grade one notebook: parts, points and hints. No gradebook is touched.

    Exit code 1 when it does not get all automatic points.
    """
    from grading.grade import grade
    from grading.table import describe

    assignment = course.assignment(name)
    if not file.is_file():
        raise UsageError(f"{file}: no such file")
    if trusted:
        click.echo("course: --trusted: this notebook runs without walls, with your rights", err=True)
    sandbox = course.sandbox_for(assignment, walls=not trusted)
    checkpoints = course.checkpoints_in(file.parent / "checkpoints")
    result = grade(assignment, file.read_bytes(), sandbox, checkpoints=dict(checkpoints))
    click.echo(json.dumps(result.to_json(), ensure_ascii=False, indent=1) if as_json else describe(result))
    full = all(cell.score == cell.max for cell in result.cells if cell.parts)
    sys.exit(0 if full else 1)


@main.command()
@names_argument
@click.option("--only", metavar="TEXT", help="Only the probes with TEXT in their name.")
def probes(names, only):
    """Grade the answers whose marks are known; exit code 1 when one gets other marks."""
    from grading import probing
    from grading.table import table
    from grading.workers import Task, cluster, run

    tasks = []
    for name in course.chosen(names):
        assignment = course.assignment(name)
        sandbox = course.sandbox_for(assignment)
        for probe in probing.load_probes(assignment):
            if not only or only in probe.name:
                data, files = probe.submission(assignment), probe.checkpoints()
                tasks.append(Task(probe, name, assignment.text, data, sandbox, checkpoints=files))
    rows, failed = {}, 0
    with cluster() as client:
        for task, result in progress(run(client, tasks), total=len(tasks), desc="probes"):
            if isinstance(result, Exception):
                raise result
            wrong = probing.differences(task.key, result)
            failed += bool(wrong)
            verdict = "as expected" if not wrong else "; ".join(wrong)
            rows[task.key] = (task.name, task.key.kind, task.key.name, result.score, result.seconds["all"], verdict)
    rows = [rows[task.key] for task in tasks]
    click.echo(table(rows, ("assignment", "kind", "probe", "points", "seconds", "verdict")))
    click.echo(f"\n{len(rows) - failed} of {len(rows)} probes as expected")
    sys.exit(1 if failed else 0)


def progress(iterable, total, desc):
    from common.progress import progress as bar

    return bar(iterable, desc, total=total)


if __name__ == "__main__":
    main()
