"""Write one certificate's document, its credential in each form, and the proof that it stands in the log."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from certification.operations import mirroring
from certification.operations.mirroring import NothingToExport


class Command(BaseCommand):
    help = "Write the certificate NUMBER (12 letters and digits) as PDF, JSON, JWT and log proof into DIR."

    def add_arguments(self, parser):
        parser.add_argument("number", metavar="NUMBER")
        parser.add_argument("folder", metavar="DIR", type=Path)

    def handle(self, *args, number, folder, **options):
        try:
            names = mirroring.write_certificate(number, folder)
        except NothingToExport as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or folder} cannot be written: {error.strerror}.") from None
        for name in names:
            self.stdout.write(str(folder / name))
