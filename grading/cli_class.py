"""What an instructor does with a class: rules, collect, grade, feedback, report, export, demo; for `grading.cli`."""

import sys
from pathlib import Path

import click

from grading import course

names_argument = click.argument("names", nargs=-1, metavar="[NAME]...")


def progress(iterable, total, desc):
    from common.progress import progress as bar

    return bar(iterable, desc, total=total)


@click.command()
def rules():
    """Print the course's rules (course.toml) as they are understood; exit code 2 when there is a mistake in them."""
    from grading.marks import date
    from grading.rules import FILE, load_rules
    from grading.table import table

    if not FILE.is_file():
        raise course.UsageError("there is no course.toml: without it marks are nbgrader's, and nothing is late")
    found = load_rules()
    click.echo(f"{found.title}, times of {found.zone.key}. {len(found.students)} students.")
    if found.late.per_day or found.late.days < 10_000:
        click.echo(f"Late: {100 * found.late.per_day:g} % off each started day, nothing after {found.late.days} days; "
                   f"{found.late.free.total_seconds() / 60:g} minutes are free.")
    rows = []
    for name, rule in found.assignments.items():
        early = f"{rule.early.points:g} points by {date(rule.early.due)}" if rule.early else ""
        rows.append((name, date(rule.due) if rule.due else "never", early, f"{rule.cap:g}" if rule.cap else "",
                     f"{rule.bonus:g}" if rule.bonus else ""))
        rows += [(f"  group {group}", date(due), "", "", "") for group, due in rule.groups.items()]
    click.echo("\n" + table(rows, ("assignment", "due", "early", "cap", "bonus above")))
    for (name, student), extension in found.extensions.items():
        click.echo(f"\n{found.student(student).name}: {name} until {date(extension.until)}"
                   + (f", its early part until {date(extension.early)}" if extension.early else "")
                   + (f" ({extension.reason})" if extension.reason else ""))
    if odd := sorted(set(found.assignments) - set(course.assignment_names())):
        raise course.UsageError(f"course.toml: there is no assignment {odd[0]!r} in solutions/")


@click.command()
@click.argument("name")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--format", "layout", required=True, type=click.Choice(["moodle", "canvas", "files"]),
              help="Moodle's or Canvas' archive; a folder for each student, or NAME-<student>.zip.")
def collect(name, path, layout):
    """Take what a class handed in for NAME from PATH (a zip or a folder) into build/submitted.

    Students are recognised by course.toml. The latest attempt is graded, earlier ones are kept in build/attempts, what
    nobody is known to have sent in build/unknown. Exit code 1 when a person has to look at something.
    """
    from grading.collect import collect as collect_from
    from grading.demo import MARK
    from grading.rules import load_rules
    from grading.table import table

    if (course.SUBMITTED / MARK).exists():
        raise course.UsageError("build/submitted holds the demo's class, which would be mixed with yours: `make clean` "
                                "removes it, with its gradebook")
    found = collect_from(course.assignment(name), path, layout, load_rules())
    if found.students:
        click.echo(table(sorted(found.students.items()), ("student", "work")))
    for title, rows in (("Late", sorted(found.late.items())), ("Doubtful: taken, but look", found.doubtful),
                        (f"Unknown: put into build/unknown/{name}", found.unknown),
                        ("Refused, and not written anywhere", found.refused)):
        if rows:
            click.echo(f"\n{title}\n" + "\n".join(f"  {who}: {why}" for who, why in rows))
    if found.missing:
        click.echo(f"\nNothing from {len(found.missing)}: {', '.join(found.missing)}")
    click.echo(f"\n{len(found.students)} students, {len(found.late)} late, {len(found.doubtful)} doubtful, "
               f"{len(found.unknown)} unknown, {len(found.refused)} refused")
    sys.exit(1 if found.doubtful or found.unknown or found.refused else 0)


@click.command()
@names_argument
@click.option("--student", "students", multiple=True, help="Only this student (may be repeated).")
@click.option("--force", is_flag=True, help="Grade again what has been graded.")
@click.option("--changes", is_flag=True, help="Print what a regrade changed: student, exercise, old and new mark.")
@click.option("--cluster", "address", metavar="tcp://…|FILE.toml",
              help="A Dask scheduler, or the description of a Dask cluster; default: this machine's cores.")
def grade(names, students, force, changes, address):
    """Grade what was handed in (build/submitted), in parallel, into the gradebook.

    What is graded and has not changed is left alone, so a run that was stopped goes on where it was.
    """
    from grading.cluster import cluster, prepare
    from grading.table import table

    names = course.chosen(names)
    if not address:
        prepare(course.assignment(name) for name in names if course.has_ungraded(name, force))
    with cluster(address) as client:
        if address and not client.nthreads():
            click.echo("no worker yet: waiting for the cluster's first (stopping here loses nothing)", err=True)
        graded, changed, failures = grade_all(names, client, students, force)
    if changes and changed:
        click.echo(table(sorted(changed), ("student", "assignment", "cell", "before", "now")) + "\n")
    click.echo(f"{graded} graded" + (f", {len(failures)} could not be graded" if failures else "")
               + (f", {len(changed)} marks changed" if changed or changes else ""))
    for failure in failures:
        click.echo(f"  {failure}", err=True)
    sys.exit(1 if failures else 0)


def grade_all(names, client, students=(), force=False):
    """Grade with a progress bar; (how many, the marks that changed, sentences about what our side could not grade).

    Results are on the disk and not kept here: memory must not grow with the class.
    """
    from grading.classroom import grade_class, waiting

    todo = waiting(names, tuple(students), force)
    graded, changed, failures = 0, [], []
    bar = progress(grade_class(todo, client), total=len(todo), desc="grading")
    for one, result in bar:
        bar.set_postfix_str(f"{one.student} {one.assignment}", refresh=False)
        if isinstance(result, Exception):
            failures.append(f"{one.student}/{one.assignment}: {type(result).__name__}: {result}")
        else:
            graded += 1
            changed += [(one.student, one.assignment, *change) for change in result["changes"]]
    return graded, changed, failures


@click.command()
@names_argument
def feedback(names):
    """Write a feedback page for everything that has been graded (build/feedback), by nbgrader."""
    from grading.cluster import cluster

    with cluster() as client:
        feedback_all(course.chosen(names), client)
    click.echo(course.FEEDBACK.relative_to(course.ROOT))


def feedback_all(names, client):
    from grading.feedback import to_write, write_all

    pairs = to_write(names)
    for name, student, error in progress(write_all(pairs, client), total=len(pairs), desc="feedback"):
        if error:
            raise RuntimeError(f"nbgrader generate_feedback {name} for {student}: {error}")


@click.command()
@names_argument
@click.option("--last-year", type=click.Path(path_type=Path), metavar="FILE",
              help="An earlier class.json, to compare with.")
def report(names, last_year):
    """Write the class report (build/report/index.html) from what has been graded.

    Beside it class.json holds its numbers, without students' names: keep it for next year.
    """
    click.echo(report_all(course.chosen(names), last_year).relative_to(course.ROOT))


def saved_results(names):
    from grading.report import load_results

    return [result for result in load_results(course.RESULTS) if result["assignment"] in names]


def report_all(names, last_year=None):
    from grading.gather import gather
    from grading.report import write_report
    from grading.rules import load_rules
    from grading.years import load_last_year

    before = load_last_year(last_year) if last_year else {}
    assignments = [course.assignment(name) for name in names]
    return write_report(saved_results(names), assignments, course.REPORT, gather(assignments, load_rules()), before)


@click.command()
@names_argument
@click.option("--format", "layout", type=click.Choice(["moodle", "canvas", "plain"]), default="plain",
              help="Moodle's grade import, Canvas' gradebook, or (the default) a spreadsheet.")
@click.option("--explain", "text", metavar="STUDENT", help="Print instead how this student's marks came about.")
def export(names, layout, text):
    """Write the marks by the rules of course.toml for another system (build/export); without NAME all that is graded.

    Nothing handed in is 0 points once the deadline has passed, and empty before. Said as well: answers that wait to be
    marked, who is late, who is left out.
    """
    from datetime import UTC, datetime

    from grading.export import FORMATS
    from grading.ledger import explain, find, ledger, remarks
    from grading.rules import load_rules

    known = load_rules()
    found = ledger([course.assignment(name).name for name in names], known, datetime.now(UTC))
    if not found.assignments:
        raise course.UsageError("nothing has been graded yet: run `course grade` first")
    if text is not None:
        student = find(text, found.students)
        click.echo("\n\n".join(explain(entry, known) for entry in found.of(student)))
        return
    made = FORMATS[layout](found, known)
    path = course.EXPORT / f"{layout}.csv"
    course.write_atomically(path, made.text, made.encoding)
    for name, remark, students in remarks(found):
        click.echo(f"{name}: {remark}: {', '.join(students)}")
    for student, why in made.left_out:
        click.echo(f"left out: {student}: {why}", err=True)
    count = len(found.students) - len(made.left_out)
    click.echo(f"{path.relative_to(course.ROOT)}: {count} students, {', '.join(found.assignments)}")


@click.command()
@names_argument
def demo(names):
    """A class of thirty, made from the probes: release, grade, feedback, report."""
    import time

    from grading import demo as made_up
    from grading.cluster import cluster, prepare
    from grading.gradebook import open_gradebook, set_due_date
    from grading.release import release as release_one
    from grading.table import table

    began = time.monotonic()
    names = list(names) or ["w01_sentiment", "w03_numpy_network"]
    count = made_up.make_class(course.chosen(names))
    for name in names:
        click.echo(f"released {release_one(name).relative_to(course.ROOT)}")
    with open_gradebook() as gradebook:
        for name in names:
            set_due_date(gradebook, name, made_up.DUE)
    click.echo(f"{count} submissions of {len(made_up.NAMES)} students, all made up")
    prepare(map(course.assignment, names))
    with cluster() as client:
        graded, _, failures = grade_all(names, client, force=True)
        feedback_all(names, client)
    report_all(names)
    click.echo(table(made_up.summary(saved_results(names)), ("student", "assignment", "points", "seconds", "remarks")))
    click.echo(f"\n{graded} submissions graded, {time.monotonic() - began:.0f} s in all. To open:")
    for path in made_up.paths():
        click.echo(f"  {path.relative_to(course.ROOT)}")
    for failure in failures:
        click.echo(f"could not be graded: {failure}", err=True)
    sys.exit(1 if failures else 0)


COMMANDS = [rules, collect, grade, feedback, report, export, demo]
