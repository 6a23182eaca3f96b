"""Commands that read a file and write all of its lines or none."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from courses.operations.importing import ImportRefused
from lms.people.management.who import add_by, user_of


class WholeFile(BaseCommand):
    """``FILE [--dry-run] [--by EMAIL]``: says what was written; names every fault and exits with 1 when there is one."""

    def read(self, file, name: str, options, *, by, dry_run: bool):
        """Read the file. Returns a result that says whether it was ``written``; raises ImportRefused."""
        raise NotImplementedError

    def said(self, result) -> str:
        raise NotImplementedError

    def add_arguments(self, parser):
        parser.add_argument("file", help="a CSV (UTF-8) or XLSX file")
        parser.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
        add_by(parser)

    def handle(self, *args, **options):
        path = Path(options["file"])
        by = user_of(options["by"])
        try:
            with path.open("rb") as file:
                result = self.read(file, path.name, options, by=by, dry_run=options["dry_run"])
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        except ImportRefused as refused:
            count = len(refused.problems)
            self.stderr.write(
                f"Nothing was written, because {path.name} has {count} {'fault' if count == 1 else 'faults'}:"
            )
            for problem in refused.problems:
                self.stderr.write(str(problem))
            sys.exit(1)
        self.stdout.write(self.said(result))
        if not result.written:
            self.stdout.write("This was a dry run: nothing was written.")
