"""The demonstration: a migrated database with the demo in it, web server and worker, until Ctrl-C."""

import contextlib
import os
import signal
import socket
import time
from pathlib import Path

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from lms import catalogues
from lms.processes import Stack


class Command(BaseCommand):
    help = "Migrate, load the demo, start web server and queue worker together; Ctrl-C stops both. PORT, default 8000."
    requires_system_checks = ()

    def handle(self, *args, **options):
        port = self.free_port()
        # Seen between two steps as well, so that no signal ends us while children run.
        self.told_to_stop = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.remember_to_stop)
        self.prepare()
        connections.close_all()
        if self.told_to_stop:
            return
        environment = os.environ | {"DEBUG": os.environ.get("DEBUG", "no"), "LOG_LEVEL": "WARNING"}
        with Stack(environment, port=port) as stack:
            status = stack.wait_until_ready()
            if not stack.dead() and not self.told_to_stop:
                self.tell(stack, status)
            while not stack.dead() and not self.told_to_stop:
                time.sleep(0.2)
            dead = None if self.told_to_stop else stack.dead()
            self.stdout.write("\nStopping …")
        if dead:
            raise CommandError(f"The {dead} process ended by itself; what it said last stands above. Both are stopped.")
        self.stdout.write("Stopped.")

    def remember_to_stop(self, number, frame):
        self.told_to_stop = True

    def free_port(self) -> int:
        given = os.environ.get("PORT") or "8000"
        if not given.isdigit() or not 0 < int(given) < 65536:
            raise CommandError(f"PORT is {given!r}; write a number such as 8001.")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", int(given)))
            except PermissionError:
                raise CommandError(f"Port {given} may not be used by this account; choose one above 1023: PORT=8001")
            except OSError:
                raise CommandError(
                    f"Port {given} is in use. Stop what uses it, or choose another: make demo PORT={int(given) + 1}"
                )
        return int(given)

    def prepare(self):
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if waiting:
            self.stdout.write(f"Preparing the database ({len(waiting)} steps) …")
            call_command("migrate", verbosity=0, interactive=False)
        catalogues.compile_all()
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
        if "load_demo" in get_commands() and not self.told_to_stop:
            # The years before are played before anybody signs in a process of its own.
            with self.signing_here():
                call_command("load_demo")

    @contextlib.contextmanager
    def signing_here(self):
        socket, settings.SIGNER_SOCKET = settings.SIGNER_SOCKET, ""
        try:
            yield
        finally:
            settings.SIGNER_SOCKET = socket

    def tell(self, stack, status):
        self.stdout.write(
            f"\nDëshmi runs at {stack.address}/\n"
            f"  verify a certificate  {stack.address}/v/\n"
            f"  office                {stack.address}/office/\n"
            f"  state of the parts    {stack.address}/readyz ({status})"
        )
        if "load_demo" in get_commands():
            call_command("load_demo", sign_ins=True)
        self.stdout.write("Ctrl-C stops it.")
