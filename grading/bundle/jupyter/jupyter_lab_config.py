"""JupyterLab for students: it opens with the Assignment List. labconfig/ leaves out what instructors use, and news."""

import json
from pathlib import Path

from jupyterlab_server.workspaces_handler import WORKSPACE_EXTENSION, slugify

c = get_config()  # noqa: F821 (given by traitlets)
c.LabApp.default_url = "/lab/tree/assignments"

# Which tabs are open is kept in the course's own folder, so that other JupyterLabs on this machine stay as they are.
LIST = "nbgrader-assignment-list:nbgrader-assignment-list"
LAYOUT = {"main": {"dock": {"type": "tab-area", "currentIndex": 0, "widgets": [LIST]}, "current": LIST},
          "left": {"collapsed": False, "visible": True, "current": "filebrowser", "widgets": ["filebrowser"]},
          "right": {"collapsed": True, "visible": True, "widgets": []}, "relativeSizes": [0.2, 0.8, 0]}
folder = Path.cwd() / ".jupyterlab"
file = folder / (slugify("default", "") + WORKSPACE_EXTENSION)
if not file.exists():
    folder.mkdir(exist_ok=True)
    data = {"layout-restorer:data": LAYOUT, LIST: {"data": {}}}
    file.write_text(json.dumps({"data": data, "metadata": {"id": "default"}}))
c.LabApp.workspaces_dir = str(folder)
