"""A PostgreSQL with PostGIS of one's own, in a folder: started for a benchmark, gone after it; reached by a socket only."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

#: Where Debian puts the programs of the server.
_BINARIES = Path("/usr/lib/postgresql")


def _program(name: str) -> str:
    found = sorted(_BINARIES.glob(f"*/bin/{name}")) or [shutil.which(name)]
    if found[-1] is None:
        raise SystemExit("PostgreSQL is not installed (Debian: postgresql-15-postgis-3)")
    return str(found[-1])


@contextmanager
def postgis() -> Iterator[Any]:
    """A connection to a new, empty database with the extension postgis; two processes a query."""
    home = Path(tempfile.mkdtemp(prefix="postgis-"))
    # the server refuses to run as root: then as whom Debian made for it
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        os.chown(home, pwd.getpwnam(user).pw_uid, -1)
    data = home / "data"

    def as_server(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, user=user, cwd=home)

    try:
        as_server(_program("initdb"), "--pgdata", str(data), "--auth", "trust", "--username", "bench")
        settings = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{home}'",
            "shared_buffers": "512MB",
            "work_mem": "256MB",
            "fsync": "off",
            "max_parallel_workers_per_gather": "1",
            "max_parallel_workers": "1",
            "jit": "off",
        }
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())
        log = str(home / "log")
        as_server(_program("pg_ctl"), "--pgdata", str(data), "--log", log, "--wait", "start")
        try:
            with psycopg.connect(f"host={home} user=bench dbname=postgres", autocommit=True) as database:
                database.execute("CREATE EXTENSION postgis")
                yield database
        finally:
            as_server(_program("pg_ctl"), "--pgdata", str(data), "--mode", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
