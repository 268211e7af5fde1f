"""A PostgreSQL server for the tests: started when first asked for, on a socket in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest


@contextmanager
def server():
    """Runs a server and gives `new_database()`, the URL of an empty database. Skips where no server is installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server here: `apt install postgresql`")
    folder = Path(tempfile.mkdtemp(prefix="course-pg-"))
    as_user = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]

    def run(program, *arguments):
        subprocess.run([*as_user, programs / program, *arguments], check=True, capture_output=True, cwd="/")

    run("initdb", "--auth=trust", "--username=course", "--no-sync", "-D", folder / "data")
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-D", folder / "data", "-l", folder / "log", "-o", options, "-w", "start")
    count = iter(range(1000))

    def new_database() -> str:
        name = f"course{next(count)}"
        with psycopg.connect(f"host={folder} user=course dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://course@/{name}?host={folder}"

    try:
        yield new_database
    finally:
        run("pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def _programs() -> Path | None:
    """The folder with the server's programs; Debian keeps them out of the PATH."""
    if path := shutil.which("initdb"):
        return Path(path).parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None
