"""The command line, `course …`. Here: what authors use (build, release, data, check, reference, probes, attacks,
publish); what an instructor does with a class is in `grading.cli_class`.

Exit codes: 0 done, 1 something graded does not meet its expectations, 2 wrong use. One line an error; a
traceback only with --debug.
"""

import json
import sys
from pathlib import Path

import click
import nbformat

from grading import cli_class, course
from grading.cli_class import names_argument, progress
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


@main.command()
@names_argument
def build(names):
    """Write nbgrader's source notebooks (build/source) from solutions/."""
    from grading.authoring import build as build_one
    from grading.rules import load_rules

    for name in course.chosen(names):
        build_one(course.SOLUTIONS / f"{name}.py", course.SOURCE, load_rules().bundle)
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
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--trusted", is_flag=True, help="Run without walls: for your own notebooks only.")
def check(name, file, as_json, trusted):
    """Grade one notebook, or without FILE the reference solution: parts, points and hints. No gradebook is touched.

    Exit code 1 when it does not get all automatic points.
    """
    from grading.authoring import notebook
    from grading.grade import grade
    from grading.table import describe

    assignment = course.assignment(name)
    if file and not file.is_file():
        raise UsageError(f"{file}: no such file")
    if trusted:
        click.echo("course: --trusted: this notebook runs without walls, with your rights", err=True)
    sandbox = course.sandbox_for(assignment, walls=not trusted)
    data = file.read_bytes() if file else nbformat.writes(notebook(assignment)).encode()
    folder = file.parent if file else course.SOLUTIONS / name
    result = grade(assignment, data, sandbox, checkpoints=dict(course.checkpoints_in(folder / "checkpoints")))
    click.echo(json.dumps(result.to_json(), ensure_ascii=False, indent=1) if as_json else describe(result))
    full = all(cell.score == cell.max for cell in result.cells if cell.parts)
    sys.exit(0 if full else 1)


@main.command()
@click.argument("name")
@click.option("--seeds", default=1, help="How often, each time with other random numbers.")
def reference(name, seeds):
    """Execute the reference notebook from scratch and grade it, into docs/. Exit code 1 when a part is lost."""
    from grading import reference as whole

    assignment = course.assignment(name)
    runs = [whole.run(assignment, seed) for seed in range(seeds)]
    path = course.ROOT / "docs" / "reference" / f"{name}.md"
    course.write_atomically(path, text := whole.page(assignment, runs, whole.machine()))
    click.echo(f"{text}\n{path.relative_to(course.ROOT)}")
    sys.exit(1 if any(one["lost"] for one in runs) else 0)


@main.command()
@names_argument
@click.option("--only", metavar="TEXT", help="Only the probes with TEXT in their name.")
def probes(names, only):
    """Grade the answers whose marks are known; exit code 1 when one gets other marks."""
    from grading import probing
    from grading.cluster import cluster, prepare
    from grading.table import table

    order, groups = [], []
    for name in course.chosen(names):
        found = [probe for probe in probing.load_probes(course.assignment(name)) if not only or only in probe.name]
        order += found
        groups += [(probe,) for probe in found] if only else probing.together(found)
    if not order:
        raise UsageError(f"no probe has {only!r} in its name")
    rows, failed = {}, 0
    prepare(map(course.assignment, dict.fromkeys(probe.assignment for probe in order)))
    from grading.workers import run  # takes a second, beside what has begun

    with cluster() as client:
        while groups:
            tasks, groups = [probe_task(group) for group in groups], []
            for task, result in progress(run(client, tasks), total=len(tasks), desc="probes"):
                if isinstance(result, Exception):
                    raise result
                wrong = probing.differences(probing.combined(task.key), result)
                if wrong and len(task.key) > 1:  # which of them it was shows when each is graded alone
                    groups += [(probe,) for probe in task.key]
                    continue
                failed += bool(wrong)
                for probe in task.key:
                    rows[probe] = (task.name, probe.kind, probe.name, len(probe.loses),
                                   result.seconds["all"] / len(task.key), "; ".join(wrong) or "as expected")
    rows = [rows[probe] for probe in order]
    click.echo(table(rows, ("assignment", "kind", "probe", "loses", "seconds", "verdict")))
    click.echo(f"\n{len(rows) - failed} of {len(rows)} probes as expected")
    sys.exit(1 if failed else 0)


def probe_task(group):
    from grading import probing
    from grading.workers import Task

    probe = probing.combined(group)
    assignment = course.assignment(probe.assignment)
    return Task(group, probe.assignment, assignment.text, probe.submission(assignment),
                checkpoints=probe.checkpoints())


@main.command()
@click.argument("text", default="")
def attacks(text):
    """Put the attack suite to the engine (those with TEXT in their name); exit code 1 when one gets something."""
    from grading.attacks import attack_table
    from grading.table import table

    rows, failures = attack_table(text, lambda outcomes, total: progress(outcomes, total, "attacks"))
    if not rows:
        raise UsageError(f"no attack has {text!r} in its name")
    click.echo(table(rows, ("attack", "what it tried", "what stopped it", "on stock nbgrader", "seconds")))
    click.echo(f"\n{len(rows)} attacks, {len(failures)} not as expected")
    for failure in failures:
        click.echo(f"  {failure}", err=True)
    sys.exit(1 if failures else 0)


@main.command()
@click.argument("directory", type=click.Path(path_type=Path))
def publish(directory):
    """Write the students' bundle: notebooks, common/, data registry, environment, Makefile. No solutions.

    A DIRECTORY that ends in .zip is written as one file, for the web.
    """
    from grading.publish import publish as publish_to
    from grading.publish import publish_zip

    for path in [publish_zip(directory)] if directory.suffix == ".zip" else publish_to(directory):
        click.echo(path)


for command in cli_class.COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main()
