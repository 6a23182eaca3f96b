"""Attendance in the office: files of marks, looked at before they are written."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from courses.admin import laid_files
from courses.models import AttendanceImport
from courses.operations import attendance_lines, importing


class Upload(laid_files.Upload):
    """Lay a file of marks before the ledger."""

    model = AttendanceImport
    review = "review_attendance"
    template_name = "courses/office/attendance_upload.html"
    page_title = _("Import attendance")

    def get_context_data(self, **kwargs):
        recent = AttendanceImport.objects.select_related("uploaded_by", "written_by")[:10]
        return super().get_context_data(**kwargs) | {
            "columns": importing.COLUMNS,
            "marks": attendance_lines.MARKS,
            "recent": recent,
        }


class Review(laid_files.Review):
    """What a file of marks would change in the ledger."""

    laid_before = AttendanceImport.objects.all()
    upload, review = "import_attendance", "review_attendance"
    template_name = "courses/office/attendance_review.html"
    words_put_away = _("Put away; nothing of the file was written.")
    words_refused = _("The file no longer fits. Nothing was written; see the faults below.")

    def run(self, file, *, dry_run):
        return importing.import_attendance(file, self.laid.name, by=self.request.user, dry_run=dry_run)

    def shown(self, result):
        return {"changes": result.changes[: laid_files.MOST_SHOWN]}

    def note(self, result):
        self.laid.rows_new, self.laid.rows_changed, self.laid.rows_same = result.new, result.changed, result.same


def urls():
    return [
        path("attendance/import/", Upload.as_view(), name="import_attendance"),
        path("attendance/import/<int:pk>/", Review.as_view(), name="review_attendance"),
    ]
