"""import_enrolments FILE --round CODE: enrol a list of people in the groups of a round, all of them or none."""

from django.core.management.base import CommandError

from courses.management.whole_files import WholeFile
from courses.models import Round
from courses.operations.importing_enrolments import COLUMNS, import_enrolments


class Command(WholeFile):
    help = (
        f"Enrol people from a CSV or XLSX file with the columns {', '.join(COLUMNS)}. People who are not known yet are "
        "entered. All lines are taken or none; running the same file again changes nothing."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--round", required=True, metavar="CODE", help="the round whose groups they join")

    def read(self, file, name, options, *, by, dry_run):
        try:
            round = Round.objects.select_related("edition").get(code=options["round"])
        except Round.DoesNotExist:
            codes = ", ".join(Round.objects.values_list("code", flat=True)[:10]) or "none yet"
            raise CommandError(f"There is no round {options['round']}. Rounds: {codes}.") from None
        return import_enrolments(file, name, round, by=by, dry_run=dry_run)

    def said(self, result):
        return (
            f"{result.lines} lines: {result.enrolled} enrolled, {result.already} enrolled already, "
            f"{result.persons} persons entered"
        )
