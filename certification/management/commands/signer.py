"""The signer: a process of its own that has the private keys and signs what it is shown, over a Unix socket."""

import logging
import signal
import sys
import threading
from pathlib import Path

from django.conf import settings
from django.core.checks import run_checks
from django.core.management.base import BaseCommand, CommandError

from certification import signing
from certification.keyholding.desk import Desk, utc_now
from certification.keyholding.keyring import PURPOSES, KeyUnusable
from certification.keyholding.tokens import NoToken
from certification.keyholding.wire import Server


class Command(BaseCommand):
    help = "Sign what web and worker show (SIGNER_SOCKET). Runs as a user of its own, who alone may read the keys."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="say which keys there are and end")

    def handle(self, *args, **options):
        if not settings.SIGNER_SOCKET and not options["check"]:
            raise CommandError("SIGNER_SOCKET is not set: say where web and worker ask, such as /run/deshmi/signer.")
        if not (settings.IS_SIGNER or settings.DERIVE_KEYS):
            raise CommandError(
                "Run the signer with DJANGO_SETTINGS_MODULE=lms.settings.signer and its own environment."
            )
        refused = run_checks(tags=["signer"])
        if refused:
            raise CommandError(" ".join(f"{error.msg} {error.hint}" for error in refused))
        keys = signing.keys_of_settings()
        try:
            for purpose in PURPOSES:
                for key in keys.of(purpose):
                    self.stdout.write(f"{purpose}: {key.kid} ({key.source})")
            if not options["check"]:
                self.serve(keys)
        except (KeyUnusable, NoToken, OSError, ValueError) as error:
            raise CommandError(str(error)) from None

    def serve(self, keys):
        # Where everything is fiction the past is played as well, so that the clock says nothing.
        clock = None if settings.DERIVE_KEYS else utc_now
        desk = Desk(
            keys,
            issuer=signing.issuer_did(),
            origin=signing.log_origin_set(),  # it has no database to ask
            state=Path(settings.SIGNER_STATE),
            clock=clock,
            demonstration=signing.demonstration if settings.DERIVE_KEYS else None,
        )
        logging.getLogger("certification.keyholding").setLevel(logging.INFO)
        with Server(Path(settings.SIGNER_SOCKET), desk, clients=settings.SIGNER_CLIENTS) as server:
            for number in (signal.SIGTERM, signal.SIGINT):
                # A server cannot be told to stop from the thread it runs in.
                signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
            self.stdout.write(f"Signing for {signing.issuer_did()} at {settings.SIGNER_SOCKET}.")
            sys.stdout.flush()
            server.serve_forever(poll_interval=0.2)
        self.stdout.write("Stopped.")
