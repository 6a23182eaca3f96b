"""Write everything that a verifier may ever fetch as static files, for a second server or a disk."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from certification import signing
from certification.operations import mirroring
from certification.operations.mirroring import NothingToExport


class Command(BaseCommand):
    help = "Write DID document, keys, status lists, contexts, the log and the kit as DIR/<host>/<path>. Safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("folder", metavar="DIR", type=Path)

    def handle(self, *args, folder, **options):
        count = 0
        try:
            for path in mirroring.mirror(folder):
                count += 1
                if options["verbosity"] > 1:
                    self.stdout.write(path)
        except (NothingToExport, signing.CannotSign) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or folder} cannot be written: {error.strerror}.") from None
        self.stdout.write(f"{count} files are in {folder}.")
