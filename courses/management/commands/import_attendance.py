"""import_attendance FILE: write the marks of a CSV or XLSX file, all of them or none."""

from courses.management.whole_files import WholeFile
from courses.operations.importing import import_attendance


class Command(WholeFile):
    help = (
        "Import attendance marks from a CSV or XLSX file with the columns session, licence_number, person, given_name, "
        "surname, mark, arrived, left, remark. All lines are written or none; running the same file again writes nothing."
    )

    def read(self, file, name, options, *, by, dry_run):
        return import_attendance(file, name, by=by, dry_run=dry_run)

    def said(self, result):
        return f"{result.new} new, {result.changed} changed, {result.same} the same"
