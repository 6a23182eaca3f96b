"""Import certificates on paper from before this register: shows what each line enters, then enters it."""

from collections import Counter
from contextlib import closing
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from certification.operations import importing_papers
from certification.operations.importing_register import Result
from lms.kernel import clock
from lms.kernel.spreadsheets import SpreadsheetError
from lms.people.models import User

SHOWN = 50  # lines of each kind in full; the rest is counted (all of them with --verbosity 2)


class Command(BaseCommand):
    help = "Import paper certificates from a CSV or XLSX file. The second run of the same file changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("file", help=f"CSV (UTF-8) or XLSX with the columns {', '.join(importing_papers.COLUMNS)}")
        parser.add_argument("--dry-run", action="store_true", help="show what would be entered and write nothing")
        parser.add_argument("--by", metavar="EMAIL", help="who answers for the import")

    def handle(self, *args, **options):
        self.verbosity, self.shown = options["verbosity"], Counter()
        path, by = Path(options["file"]), self._user(options["by"])
        try:
            with path.open("rb") as file:
                survey = importing_papers.survey(file, path.name)
                source = f"import {clock.local_day().isoformat()} {path.name}"
                with closing(importing_papers.rows_of(file, path.name)) as rows:
                    counts = importing_papers.PaperFile(survey, source=source, by=by).run(
                        rows, write=not options["dry_run"], on_chunk=self._show
                    )
        except SpreadsheetError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        for outcome, shown in self.shown.items():
            if counts[outcome] > shown:
                self.stdout.write(f"… and {counts[outcome] - shown} more {outcome} lines (--verbosity 2 shows all)")
        self.stdout.write(
            f"{'Would enter' if options['dry_run'] else 'Entered'}: {counts['new']} new, {counts['same']} same, "
            f"{counts['refused']} refused ({counts['warned']} with a remark)"
        )

    def _user(self, email: str | None):
        if not email:
            return None
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {email}.")
        return user

    def _show(self, results: list[Result]) -> None:
        for result in results:
            if result.outcome == "same" and not result.warnings:
                continue
            if self.verbosity < 2 and self.shown[result.outcome] >= SHOWN:
                continue
            self.shown[result.outcome] += 1
            remarks = "".join(f" [{warning}]" for warning in result.warnings)
            self.stdout.write(f"line {result.line} {result.outcome} {result.number} {result.reason}{remarks}".rstrip())
