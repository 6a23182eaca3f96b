"""Import licences from a register file: shows what each line changes, then writes it, chunk by chunk."""

from collections import Counter
from contextlib import closing
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from certification.models import IssuingBody
from certification.operations import importing_register
from certification.operations.importing_register import HIDDEN, RegisterFile, Result
from certification.rules.register_words import COLUMNS
from lms.kernel import clock
from lms.kernel.spreadsheets import SpreadsheetError
from lms.people.management.who import add_by, user_of

SHOWN = 50  # lines of each kind in full; the rest is counted (all of them with --verbosity 2)


class Command(BaseCommand):
    help = "Import licences from a CSV or XLSX file. The second run of the same file changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("file", help=f"CSV (UTF-8) or XLSX with the columns {', '.join(COLUMNS)}")
        parser.add_argument("--dry-run", action="store_true", help="show what would change and write nothing")
        parser.add_argument("--body", metavar="CODE", help="issuing body; may be left out when there is only one")
        add_by(parser)

    def handle(self, *args, **options):
        self.is_dry, self.verbosity = options["dry_run"], options["verbosity"]
        path, body, by = Path(options["file"]), self._body(options["body"]), user_of(options["by"])
        self.counts, self.shown = Counter(), Counter()
        try:
            with path.open("rb") as file:
                survey = importing_register.survey(file, path.name)
                self.total = survey.total
                source = f"import {clock.local_day().isoformat()} {path.name}"
                register_file = RegisterFile(body, survey, source=source, by=by)
                with closing(importing_register.rows_of(file, path.name)) as rows:
                    counts = register_file.run(rows, write=not self.is_dry, on_chunk=self._show)
        except SpreadsheetError as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        for outcome, shown in self.shown.items():
            if counts[outcome] > shown:
                self.stdout.write(f"… and {counts[outcome] - shown} more {outcome} lines (--verbosity 2 shows all)")
        self.stdout.write(
            f"{'Would write' if self.is_dry else 'Written'}: "
            f"{counts['new']} new, {counts['changed']} changed, {counts['same']} same, {counts['refused']} refused"
            f" ({counts['warned']} with a remark)"
        )

    def _body(self, code: str | None) -> IssuingBody:
        codes = ", ".join(IssuingBody.objects.order_by("code").values_list("code", flat=True)) or "none yet"
        if code:
            body = IssuingBody.objects.filter(code=code).first()
            if body is None:
                raise CommandError(f"No issuing body has the code {code!r}; there are: {codes}.")
            return body
        competent = list(IssuingBody.objects.competent_on(clock.local_day())[:2])
        if len(competent) != 1:
            raise CommandError(f"Say whose register this is with --body CODE; there are: {codes}.")
        return competent[0]

    def _show(self, results: list[Result]) -> None:
        """The difference one chunk makes, before it is written."""
        for result in results:
            self.counts[result.outcome] += 1
            if result.outcome == "same":
                continue
            if self.verbosity < 2 and self.shown[result.outcome] >= SHOWN:
                continue
            self.shown[result.outcome] += 1
            self.stdout.write(f"line {result.line}: {result.outcome} {result.number} {self._said(result)}".rstrip())
        counts = " ".join(f"{outcome} {self.counts[outcome]}" for outcome in ("new", "changed", "same", "refused"))
        self.stdout.write(f"{sum(self.counts.values())}/{self.total} {counts}")

    def _said(self, result: Result) -> str:
        if result.outcome == "refused":
            return f"– {result.reason}"
        remarks = f" ({' '.join(result.warnings)})" if result.warnings else ""
        if result.outcome == "new":
            return remarks.strip()
        changes = [
            f"{column}: changed" if new == HIDDEN else f"{column}: {old or '–'} → {new or '–'}"
            for column, (old, new) in result.changes.items()
        ]
        return "; ".join(changes) + remarks
