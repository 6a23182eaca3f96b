"""Attendance in the office: files of marks, looked at before they are written."""

import hashlib

from django import forms
from django.contrib import messages
from django.core.files.base import ContentFile
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from courses.admin.access import ORGANISERS, ForRoles
from courses.models import AttendanceImport
from courses.operations import attendance_lines, importing, laid_files
from lms.kernel import clock

MOST_SHOWN = 300  # lines of a file's difference or faults on one page


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV (UTF-8) or XLSX. Nothing is written before you have seen what would change."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > 20 * 1024 * 1024:
            raise forms.ValidationError(_("The file is larger than 20 MB. Send it in parts."))
        return file


class Upload(ForRoles, WagtailAdminTemplateMixin, FormView):
    """Lay a file of marks before the ledger."""

    allowed = ORGANISERS
    form_class = UploadForm
    template_name = "courses/office/attendance_upload.html"
    page_title = gettext_lazy("Import attendance")
    header_icon = "upload"
    _show_breadcrumbs = True

    def get_context_data(self, **kwargs):
        recent = AttendanceImport.objects.select_related("uploaded_by", "written_by")[:10]
        return super().get_context_data(**kwargs) | {
            "columns": importing.COLUMNS,
            "marks": attendance_lines.MARKS,
            "recent": recent,
        }

    def form_valid(self, form):
        file = form.cleaned_data["file"]
        content = file.read()
        laid = AttendanceImport(
            name=file.name[:200],
            sha256=hashlib.sha256(content).hexdigest(),
            uploaded_at=clock.now(),
            uploaded_by=self.request.user,
        )
        laid.file.save(f"{laid.sha256}.dat", ContentFile(content), save=True)
        return redirect("review_attendance", pk=laid.pk)


class Review(ForRoles, WagtailAdminTemplateMixin, TemplateView):
    """What the file would change, or every fault in it. POST writes it, or puts it away."""

    allowed = ORGANISERS
    template_name = "courses/office/attendance_review.html"
    header_icon = "upload"
    _show_breadcrumbs = True

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.laid = get_object_or_404(AttendanceImport.objects.select_related("uploaded_by"), pk=kwargs["pk"])

    def get_page_title(self):
        return self.laid.name

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs) | {"laid": self.laid, "most": MOST_SHOWN}
        if self.laid.file:
            try:
                result = self._run(dry_run=True)
            except importing.ImportRefused as refused:
                return context | {"problems": refused.problems[:MOST_SHOWN], "faults": len(refused.problems)}
            return context | {"result": result, "changes": result.changes[:MOST_SHOWN]}
        return context

    def post(self, request, *args, **kwargs):
        if request.POST.get("answer") == "put_away":
            if self._put_away():
                messages.success(request, _("Put away; nothing of the file was written."))
            return redirect("import_attendance")
        try:
            result = self._write()
        except importing.ImportRefused:
            messages.error(request, _("The file no longer fits. Nothing was written; see the faults below."))
        else:
            if result is not None:
                messages.success(
                    request,
                    _("Written: %(new)d new, %(changed)d changed, %(same)d the same.")
                    % {"new": result.new, "changed": result.changed, "same": result.same},
                )
        return redirect("review_attendance", pk=self.laid.pk)

    def _is_answered(self) -> bool:
        # A second click waits here and then finds no file any more.
        AttendanceImport.objects.select_for_update().get(pk=self.laid.pk)
        self.laid.refresh_from_db()
        return not self.laid.file

    @transaction.atomic
    def _put_away(self) -> bool:
        if self._is_answered():
            return False
        laid_files.forget(self.laid)
        return True

    @transaction.atomic
    def _write(self) -> importing.Result | None:
        """Write the marks, and that they were written: both or neither. None when somebody has answered already."""
        if self._is_answered():
            return None
        result = self._run(dry_run=False)
        self.laid.rows_new, self.laid.rows_changed, self.laid.rows_same = result.new, result.changed, result.same
        self.laid.written_at, self.laid.written_by = clock.now(), self.request.user
        self.laid.save()
        laid_files.forget(self.laid)
        return result

    def _run(self, *, dry_run):
        with self.laid.file.open("rb") as file:
            return importing.import_attendance(file, self.laid.name, by=self.request.user, dry_run=dry_run)


def urls():
    return [
        path("attendance/import/", Upload.as_view(), name="import_attendance"),
        path("attendance/import/<int:pk>/", Review.as_view(), name="review_attendance"),
    ]
