"""Web server and queue worker as child processes of one supervisor: started together, stopped together, no orphans."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping

from lms.settings.environment import BASE_DIR

PROGRAMS = {
    "web": [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "lms.wsgi"],
    "worker": [sys.executable, "manage.py", "qcluster"],
}
# Before the others and only where SIGNER_SOCKET is set; in production it has a user of its own (deploy/).
SIGNER = [sys.executable, "manage.py", "signer"]
_STOP_WITHIN = 25  # seconds that requests and tasks get to finish


class Stack:
    """The processes of ``PROGRAMS`` under one environment. Leaving the ``with`` block stops them all."""

    def __init__(self, environment: Mapping[str, str], *, port: int, output=None):
        self.address = f"http://127.0.0.1:{port}"
        self._environment = dict(environment) | {"PORT": str(port), "BIND": f"127.0.0.1:{port}"}
        self._output = output
        self.children: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> "Stack":
        if self._environment.get("SIGNER_SOCKET"):
            self.start("signer")
        for name in PROGRAMS:
            self.start(name)
        return self

    def __exit__(self, *error) -> None:
        self.stop(*self.children)

    def start(self, name: str) -> None:
        # A group of its own, so that Ctrl-C reaches the supervisor only and nothing of the group can be left over.
        self.children[name] = subprocess.Popen(  # noqa: S603 - our own programs
            PROGRAMS.get(name, SIGNER),
            cwd=BASE_DIR,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT if self._output else None,
            start_new_session=True,
        )

    def stop(self, *names: str) -> None:
        """Ask the processes to finish what they do, wait, then make sure of it."""
        chosen = [self.children[name] for name in names]
        for child in chosen:
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + _STOP_WITHIN
        for child in chosen:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(deadline - time.monotonic(), 0.1))
            self._kill_group(child)

    def kill(self, name: str) -> None:
        """End ``name`` at once and without warning, as a power cut would."""
        self._kill_group(self.children[name])

    @staticmethod
    def _kill_group(child: subprocess.Popen) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def dead(self) -> str | None:
        """The name of a process that ended by itself, or None."""
        return next((name for name, child in self.children.items() if child.poll() is not None), None)

    def status(self) -> str:
        """What /readyz says: ok, degraded or failing; "no answer" when nobody listens or the answer is no JSON."""
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:  # noqa: S310 - our own address
                return json.load(answer)["status"]
        except urllib.error.HTTPError as error:
            return "failing" if error.headers.get_content_type() == "application/json" else "no answer"
        except (OSError, ValueError):
            return "no answer"

    def wait_until_ready(self, seconds: float = 60) -> str:
        """Wait until everything works or a process died. Returns the last status."""
        deadline = time.monotonic() + seconds
        status = "no answer"
        while status != "ok" and not self.dead() and time.monotonic() < deadline:
            time.sleep(0.2)
            status = self.status()
        return status
