"""nbgrader in JupyterLab on a student's machine: the Assignment List, its Validate and Submit buttons."""

from common.checks import CELL_SECONDS, shorten

c = get_config()  # noqa: F821 (given by traitlets)
c.CourseDirectory.course_id = "deep-learning"

# Validate runs a notebook as `make check` does: without long experiments, with the checkpoint of a training cell.
c.Execute.timeout = CELL_SECONDS
c.Execute.on_cell_start = shorten
c.Execute.extra_arguments = ["--InteractiveShell.xmode=Minimal"]  # the hint of a check, without the way to it

# No exchange is needed: the assignments are here, and Submit writes the file to hand in.
c.ExchangeFactory.list = "common.exchange.List"
c.ExchangeFactory.fetch_assignment = "common.exchange.FetchAssignment"
c.ExchangeFactory.submit = "common.exchange.Submit"
