"""import_enrolments FILE --round CODE: enrol a list of people in the groups of a round, all of them or none."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from courses.models import Round
from courses.operations.importing import ImportRefused
from courses.operations.importing_enrolments import COLUMNS, import_enrolments
from lms.people.models import User


class Command(BaseCommand):
    help = (
        f"Enrol people from a CSV or XLSX file with the columns {', '.join(COLUMNS)}. People who are not known yet are "
        "entered. All lines are taken or none; running the same file again changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="a CSV (UTF-8) or XLSX file")
        parser.add_argument("--round", required=True, metavar="CODE", help="the round whose groups they join")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and write nothing")
        parser.add_argument("--by", metavar="EMAIL", help="the user who answers for the list")

    def handle(self, *args, **options):
        path = Path(options["file"])
        try:
            round = Round.objects.select_related("edition").get(code=options["round"])
        except Round.DoesNotExist:
            codes = ", ".join(Round.objects.values_list("code", flat=True)[:10]) or "none yet"
            raise CommandError(f"There is no round {options['round']}. Rounds: {codes}.") from None
        by = self._user(options["by"])
        try:
            with path.open("rb") as file:
                result = import_enrolments(file, path.name, round, by=by, dry_run=options["dry_run"])
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
        self.stdout.write(
            f"{result.lines} lines: {result.enrolled} enrolled, {result.already} enrolled already, "
            f"{result.persons} persons entered"
        )
        if not result.written:
            self.stdout.write("This was a dry run: nothing was written.")

    def _user(self, email):
        if not email:
            return None
        try:
            return User.objects.get(email__iexact=email)
        except User.DoesNotExist:
            raise CommandError(f"No user has the address {email}. Give the address somebody signs in with.") from None
