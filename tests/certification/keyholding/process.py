"""A real signer: a process of its own, with keys of its own, at a socket of this test."""

import base64
import os
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

from certification.formats.sealing import demonstration_seal
from certification.keyholding.wire import Client, SignerUnavailable
from lms.kernel import clock

SITE = "https://deshmi.example"
SEEDS = {name: base64.b64encode(name.encode().ljust(32, b".")).decode() for name in ("CREDENTIAL", "STATUS", "LOG")}


class Signer:
    """The process, started with ``start``; the tests' own processes ask it at ``path``."""

    def __init__(self, folder: Path):
        self.folder, self.path = folder, folder / "signer"
        self.process: subprocess.Popen | None = None
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(settings.BASE_DIR),
            "DJANGO_SETTINGS_MODULE": "lms.settings.testing",
            "SITE_URL": settings.SITE_URL,
            "SIGNER_SOCKET": str(self.path),
            "SIGNER_STATE": str(folder / "state" / "log.json"),
            "KEYS_FOLDER": str(folder / "keys"),
        }

    def in_earnest(self) -> "Signer":
        """With production's settings: nothing follows from anything, and the clock counts."""
        made = demonstration_seal("Council", not_before=clock.now())
        (self.folder / "seal.pem").write_bytes(made.private)
        (self.folder / "certificates.pem").write_bytes(made.certificate + made.root)
        self.environment |= {f"{name}_KEY": seed for name, seed in SEEDS.items()} | {
            "DJANGO_SETTINGS_MODULE": "lms.settings.signer",
            "ALLOWED_HOSTS": "deshmi.example",
            "SITE_URL": SITE,
            "SEAL_KEY_FILE": str(self.folder / "seal.pem"),
            "SEAL_CERTIFICATE_FILE": str(self.folder / "certificates.pem"),
        }
        return self

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "manage.py", "signer", *arguments]
        return subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self) -> "Signer":
        command = [sys.executable, "manage.py", "signer"]
        self.process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        until = time.monotonic() + 60
        while True:
            try:
                Client(str(self.path)).ask("head")
                return self
            except SignerUnavailable:
                assert self.process.poll() is None, self.process.communicate()[0].decode()
                assert time.monotonic() < until, "the signer did not start in time"
                time.sleep(0.1)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None
