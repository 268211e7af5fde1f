"""A real browser on real pages: Debian's Chromium, driven by Playwright. Where there is none these tests are skipped,
and say so. Pictures of what they see are kept in build/screenshots."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.grading.conftest import cells_of, command, file_of, hand_in, mini, new_school  # noqa: F401 (fixtures)

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "screenshots"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]
SECONDS = 150  # to wait for anything; a busy machine is slow


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.kernel)


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="no browser tests: Playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no browser tests: install Chromium (apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    """What the person's system prefers."""
    return request.param


@pytest.fixture
def page(browser):
    """page.errors lists what the page wrote on its console as an error, and the exceptions nobody caught."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.set_default_timeout(1000 * SECONDS)
    page.errors = []
    page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    context.close()


@pytest.fixture(scope="session")
def picture():
    """picture(page, "name") keeps build/screenshots/name.png."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return lambda page, name, **options: page.screenshot(path=PICTURES / f"{name}.png", **options)


@pytest.fixture(scope="session")
def violations():
    """violations(page) -> what axe-core finds on it that is serious or critical, a line each."""
    from axe_playwright_python.sync_playwright import Axe

    def find(page, **options):
        found = Axe().run(page, **options).response["violations"]
        return [f"{one['id']}: {one['help']}: {node['html'][:200]}" for one in found
                if one["impact"] in ("serious", "critical") for node in one["nodes"]]

    return find


@pytest.fixture
def jupyter(tmp_path):
    """jupyter(folder, {"JUPYTER_CONFIG_PATH": …}) -> the address of a JupyterLab on it, ended after the test."""
    started = []

    def start(folder, environment):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        mine = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        program = [Path(sys.executable).parent / "jupyter", "lab", "--ServerApp.root_dir=.", "--no-browser",
                   "--allow-root", f"--port={port}", "--IdentityProvider.token=test"]
        log = (tmp_path / "jupyter.log").open("w")
        process = subprocess.Popen(program, cwd=folder, env={**os.environ, **mine, "PATH": path, **environment},
                                   stdout=log, stderr=log)
        started.append((process, log))
        _await(f"http://127.0.0.1:{port}/api?token=test", process)
        return f"http://127.0.0.1:{port}/"

    yield start
    for process, log in started:
        process.terminate()
        process.wait(SECONDS)
        log.close()


def _await(address, process):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address) as reply:
                return json.load(reply)
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("JupyterLab did not start")
