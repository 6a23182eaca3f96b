"""Witness a log: cosign its newest checkpoint when it follows from the one that was seen before."""

import argparse

from django.core.management.base import BaseCommand, CommandError

from certification import witness


class Command(BaseCommand):
    help = (
        "Cosign the newest checkpoint when the log has only grown. Ends with 3 when it shrank or was rewritten. "
        "Apart from us it runs as: python -m certification.witness"
    )

    def add_arguments(self, parser):
        witness.add_arguments(parser)

    def handle(self, *args, **options):
        ending, said = witness.run(argparse.Namespace(**options))
        if ending:
            raise CommandError(said, returncode=ending)
        self.stdout.write(said)
