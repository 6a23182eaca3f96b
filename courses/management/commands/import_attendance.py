"""import_attendance FILE: write the marks of a CSV or XLSX file, all of them or none."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from courses.operations.importing import ImportRefused, import_attendance
from lms.people.models import User


class Command(BaseCommand):
    help = (
        "Import attendance marks from a CSV or XLSX file with the columns session, licence_number, person, given_name, "
        "surname, mark, arrived, left, remark. All lines are written or none; running the same file again writes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="a CSV (UTF-8) or XLSX file")
        parser.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
        parser.add_argument("--by", metavar="EMAIL", help="the user who answers for the marks")

    def handle(self, *args, **options):
        path = Path(options["file"])
        by = self._user(options["by"])
        try:
            with path.open("rb") as file:
                result = import_attendance(file, path.name, by=by, dry_run=options["dry_run"])
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
        self.stdout.write(f"{result.new} new, {result.changed} changed, {result.same} the same")
        if not result.written:
            self.stdout.write("This was a dry run: nothing was written.")

    def _user(self, email):
        if not email:
            return None
        try:
            return User.objects.get(email__iexact=email)
        except User.DoesNotExist:
            raise CommandError(f"No user has the address {email}. Give the address somebody signs in with.") from None
