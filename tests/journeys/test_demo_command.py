"""`manage.py demo`: starts both processes, says where, stops both, and leaves nobody behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.journeys.conftest import ROOT, copy_of_demo, environment_for


def processes_of(session: int) -> list[str]:
    """Every living process whose environment says that it belongs to this test's demo."""
    mark, found = f"DEMO_TEST={session}".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes() and "\nState:\tZ" not in (folder / "status").read_text():
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it ended while we looked, or is not ours to read
    return found


@pytest.fixture
def demo(tmp_path, demo_database):
    """Start the command; yields (process, port). Whatever a failing test leaves is ended."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = environment_for(tmp_path, copy_of_demo(demo_database, tmp_path))
    environment |= {"PORT": str(port), "DEMO_TEST": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-u", "manage.py", "demo"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    yield process, port
    if process.poll() is None:
        process.terminate()
    process.wait(60)


def wait_for(process, words: str) -> str:
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"The demo ended with {process.wait()} before it said {words!r}:\n{said}")


def test_control_c_stops_everything(demo):
    process, port = demo
    said = wait_for(process, "Ctrl-C stops it.")
    assert f"http://127.0.0.1:{port}/" in said
    assert len(processes_of(port)) >= 4  # supervisor, web server with a worker, cluster with its processes

    process.send_signal(signal.SIGINT)

    assert process.wait(60) == 0
    assert processes_of(port) == []


def test_a_second_one_on_the_same_port_says_what_to_do(demo):
    process, port = demo
    wait_for(process, "Ctrl-C stops it.")

    second = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env=os.environ | {"PORT": str(port), "DJANGO_SETTINGS_MODULE": "lms.settings.development"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert second.returncode == 1
    assert second.stderr == (
        f"CommandError: Port {port} is in use. Stop what uses it, or choose another: make demo PORT={port + 1}\n"
    )


def test_a_process_that_dies_takes_the_demo_down_with_an_error(demo):
    process, port = demo
    wait_for(process, "Ctrl-C stops it.")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    worker = next(pid for pid in children if "qcluster" in Path(f"/proc/{pid}/cmdline").read_text())

    os.killpg(int(worker), signal.SIGKILL)

    said = wait_for(process, "process ended by itself")
    assert "The worker process ended by itself" in said
    assert process.wait(60) == 1
    time.sleep(0.2)
    assert processes_of(port) == []
