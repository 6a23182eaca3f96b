"""Run a command with a PostgreSQL server to itself: a reachable one, else a throw-away one from the binaries found.

    python deploy/postgresql.py [--durable] -- COMMAND…

The command gets DATABASE_URL; the user in it may create databases. Servers are tried in this order:
TEST_POSTGRES_URL, a local server that lets this user in, the binaries of the system. Exit code 3: none of them.
"""

import contextlib
import getpass
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

NOTHING_FOUND = 3
_QUICK = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]  # what is lost at a power cut is thrown away


class NoPostgreSQL(Exception):
    """Neither a server that lets us in nor the binaries to start one."""


def reachable() -> str | None:
    """The address of a running server where we may create databases, or None."""
    named = os.environ.get("TEST_POSTGRES_URL")
    users = dict.fromkeys((getpass.getuser(), "postgres"))
    for url in [named] if named else [f"postgres://{user}@127.0.0.1:5432/postgres" for user in users]:
        with contextlib.suppress(psycopg.Error), psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
            if row.fetchone()[0]:
                return url
        if named:
            raise NoPostgreSQL(f"TEST_POSTGRES_URL is {named!r}, but no database may be created there.")
    return None


def binaries() -> Path | None:
    """The folder with initdb and postgres, the newest first, or None."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    on_path = shutil.which("initdb")
    folders += [Path(on_path).resolve().parent] if on_path else []
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def throw_away(folder: Path, *, durable: bool) -> Iterator[str]:
    """Start a server in a temporary folder, stop it and remove everything afterwards. Yields its address."""
    home = Path(tempfile.mkdtemp(prefix="deshmi-pg-"))
    # PostgreSQL refuses to run as root.
    someone = {}
    if os.getuid() == 0:
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        entry = known.get("postgres") or known["nobody"]
        os.chown(home, entry.pw_uid, entry.pw_gid)
        someone = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    port = _free_port()
    options = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={home}", "shared_buffers=256MB"]
    options += [] if durable else _QUICK
    data = home / "data"
    try:
        subprocess.run(
            [folder / "initdb", "-D", data, "-U", "deshmi", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            check=True,
            cwd=home,
            stdout=subprocess.DEVNULL,
            **someone,
        )
        control = [folder / "pg_ctl", "-D", data, "-w", "-s", "-l", home / "log"]
        settings = " ".join(f"-c {option}" for option in options)
        subprocess.run([*control, "-o", settings, "start"], check=True, cwd=home, stdin=subprocess.DEVNULL, **someone)
        try:
            yield f"postgres://deshmi@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=False, cwd=home, **someone)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """The address of a server to use. Raises NoPostgreSQL when there is none to be had."""
    url = reachable()
    if url:
        yield url
        return
    folder = binaries()
    if not folder:
        raise NoPostgreSQL("no server lets this user in and no binaries are installed (Debian: postgresql)")
    with throw_away(folder, durable=durable) as url:
        yield url


def main() -> int:
    words = sys.argv[1:]
    durable = "--durable" in words[: words.index("--")]
    command = words[words.index("--") + 1 :]
    try:
        with server(durable=durable) as url:
            return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=False).returncode
    except NoPostgreSQL as problem:
        print(f"PostgreSQL: {problem}.", file=sys.stderr)
        return NOTHING_FOUND


if __name__ == "__main__":
    sys.exit(main())
