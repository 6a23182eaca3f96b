"""Lists of participants in the office: laid before a round, looked at line by line, then written."""

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
from courses.admin.attendance import MOST_SHOWN, UploadForm
from courses.models import EnrolmentImport, Round
from courses.operations import importing, importing_enrolments, laid_files
from lms.kernel import clock


class ListForm(UploadForm):
    round = forms.ModelChoiceField(Round.objects.none(), label=gettext_lazy("Round"))
    field_order = ["round", "file"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = Round.objects.order_by("-id")


class Upload(ForRoles, WagtailAdminTemplateMixin, FormView):
    """Lay a list before the groups of a round."""

    allowed = ORGANISERS
    form_class = ListForm
    template_name = "courses/office/enrolments_upload.html"
    page_title = gettext_lazy("Enrol a list")
    header_icon = "upload"
    _show_breadcrumbs = True

    def get_initial(self):
        return {"round": Round.objects.filter(code=self.request.GET.get("round", "")).first()}

    def get_context_data(self, **kwargs):
        recent = EnrolmentImport.objects.select_related("round", "uploaded_by")[:10]
        return super().get_context_data(**kwargs) | {"columns": importing_enrolments.COLUMNS, "recent": recent}

    def form_valid(self, form):
        file = form.cleaned_data["file"]
        content = file.read()
        laid = EnrolmentImport(
            round=form.cleaned_data["round"],
            name=file.name[:200],
            sha256=hashlib.sha256(content).hexdigest(),
            uploaded_at=clock.now(),
            uploaded_by=self.request.user,
        )
        laid.file.save(f"{laid.sha256}.dat", ContentFile(content), save=True)
        return redirect("review_enrolments", pk=laid.pk)


class Review(ForRoles, WagtailAdminTemplateMixin, TemplateView):
    """Who would be entered and enrolled, or every fault. POST writes the list, or puts it away."""

    allowed = ORGANISERS
    template_name = "courses/office/enrolments_review.html"
    header_icon = "upload"
    _show_breadcrumbs = True

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        found = EnrolmentImport.objects.select_related("round__edition", "uploaded_by", "written_by")
        self.laid = get_object_or_404(found, pk=kwargs["pk"])

    def get_page_title(self):
        return f"{self.laid.round.code}: {self.laid.name}"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs) | {"laid": self.laid, "most": MOST_SHOWN}
        if self.laid.file:
            try:
                result = self._run(dry_run=True)
            except importing.ImportRefused as refused:
                return context | {"problems": refused.problems[:MOST_SHOWN], "faults": len(refused.problems)}
            return context | {"result": result, "joining": result.joining[:MOST_SHOWN]}
        return context

    def post(self, request, *args, **kwargs):
        try:
            is_away = self._answer(request.POST.get("answer"))
        except importing.ImportRefused:
            messages.error(request, _("The list no longer fits. Nobody was enrolled; see the faults below."))
            is_away = False
        if is_away:
            messages.success(request, _("Put away; nobody was enrolled by this list."))
            return redirect("import_enrolments")
        return redirect("review_enrolments", pk=self.laid.pk)

    @transaction.atomic
    def _answer(self, answer) -> bool:
        """Write the list, or put it away and return True. Does nothing when somebody has answered already."""
        # A second click waits here and then finds no file any more.
        EnrolmentImport.objects.select_for_update().get(pk=self.laid.pk)
        self.laid.refresh_from_db()
        if not self.laid.file:
            return False
        if answer == "put_away":
            laid_files.forget(self.laid)
            return True
        self._write()
        return False

    def _write(self):
        result = self._run(dry_run=False)
        self.laid.persons_entered, self.laid.persons_enrolled = result.persons, result.enrolled
        self.laid.persons_already = result.already
        self.laid.written_at, self.laid.written_by = clock.now(), self.request.user
        self.laid.save()
        laid_files.forget(self.laid)

    def _run(self, *, dry_run):
        laid = self.laid
        with laid.file.open("rb") as file:
            return importing_enrolments.import_enrolments(
                file, laid.name, laid.round, by=self.request.user, dry_run=dry_run
            )


def urls():
    return [
        path("enrolments/import/", Upload.as_view(), name="import_enrolments"),
        path("enrolments/import/<int:pk>/", Review.as_view(), name="review_enrolments"),
    ]
