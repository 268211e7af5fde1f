"""The course for nbgrader: where things lie, and our judge in the place of its own execution.

Every command of nbgrader run in this folder reads it, and so do formgrader and `course`.
"""

import os
import sys
from pathlib import Path

root = Path(__file__).resolve().parent
if str(root) not in sys.path:
    sys.path.insert(0, str(root))
# nbgrader calls `alembic` by name: it stands beside this Python, also when no environment is activated.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

c = get_config()  # noqa: F821 (given by traitlets)
c.CourseDirectory.course_id = "deep-learning"
c.CourseDirectory.root = str(root)
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.submitted_directory = "build/submitted"
c.CourseDirectory.autograded_directory = "build/autograded"
c.CourseDirectory.feedback_directory = "build/feedback"
c.CourseDirectory.db_url = os.environ.get("COURSE_DB", f"sqlite:///{root}/build/gradebook.db")
c.Exchange.path_includes_course = True

# Release: stubs that name their exercise; everything else is nbgrader's.
c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors.LockCells",
    "grading.nbgrader_plugin.NamedStubs",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Autograde: the submission is read, rebuilt, run in the sandbox and judged; nbgrader keeps the marks.
c.Autograde.exporter_class = "grading.nbgrader_plugin.JudgedExporter"
c.Autograde.pre_convert_hook = "grading.nbgrader_plugin.refuse_links"
c.Autograde.post_convert_hook = "grading.nbgrader_plugin.keep_result"
c.Autograde.sanitize_preprocessors = []
c.Autograde.autograde_preprocessors = [
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
]

# Feedback: a page of ours, by nbgrader's own generate_feedback.
c.GenerateFeedback.preprocessors = ["nbgrader.preprocessors.GetGrades"]
c.GenerateFeedback.exporter_class = "grading.feedback_page.FeedbackExporter"

# Formgrader: students' text is never HTML of their own in somebody's browser.
c.HTMLExporter.sanitize_html = True
