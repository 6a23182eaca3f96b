"""Files laid in the office: looked at before they are written, then written or put away by a person, once."""

import hashlib

from django import forms
from django.contrib import messages
from django.core.files.base import ContentFile
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from courses.admin.access import ORGANISERS, ForRoles
from courses.operations import importing, laid_files
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
    """Lay a file. A page names its ``model``, ``review`` (a URL name) and what else the form tells of the file."""

    allowed = ORGANISERS
    form_class = UploadForm
    header_icon = "upload"
    _show_breadcrumbs = True
    model = None
    review = ""

    def form_valid(self, form):
        file = form.cleaned_data.pop("file")
        content = file.read()
        laid = self.model(
            name=file.name[:200],
            sha256=hashlib.sha256(content).hexdigest(),
            uploaded_at=clock.now(),
            uploaded_by=self.request.user,
            **form.cleaned_data,
        )
        laid.file.save(f"{laid.sha256}.dat", ContentFile(content), save=True)
        return redirect(self.review, pk=laid.pk)


class Review(ForRoles, WagtailAdminTemplateMixin, TemplateView):
    """What a laid file would change, or every fault in it. POST writes it, or puts it away.

    A page names the files (``laid_before``), its addresses, its words, how the file is read (``run``) and what of the
    result stands in the context (``shown``) and in the row that stays (``note``).
    """

    allowed = ORGANISERS
    header_icon = "upload"
    _show_breadcrumbs = True
    laid_before = None  # a queryset
    upload = review = ""  # URL names
    words_put_away = words_refused = ""

    def run(self, file, *, dry_run: bool):
        """Read ``file`` and write it unless ``dry_run``. Raises importing.ImportRefused with every fault."""
        raise NotImplementedError

    def shown(self, result) -> dict:
        raise NotImplementedError

    def note(self, result) -> None:
        raise NotImplementedError

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.laid = get_object_or_404(self.laid_before.select_related("uploaded_by", "written_by"), pk=kwargs["pk"])

    def get_page_title(self):
        return self.laid.name

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs) | {"laid": self.laid, "most": MOST_SHOWN}
        if not self.laid.file:
            return context
        try:
            result = self._run(dry_run=True)
        except importing.ImportRefused as refused:
            return context | {"problems": refused.problems[:MOST_SHOWN], "faults": len(refused.problems)}
        return context | {"result": result} | self.shown(result)

    def post(self, request, *args, **kwargs):
        try:
            is_away = self._answer(request.POST.get("answer"))
        except importing.ImportRefused:
            messages.error(request, self.words_refused)
            is_away = False
        if is_away:
            messages.success(request, self.words_put_away)
            return redirect(self.upload)
        return redirect(self.review, pk=self.laid.pk)

    @transaction.atomic
    def _answer(self, answer) -> bool:
        """Write the file, or put it away and return True. Does nothing when somebody has answered already."""
        # A second click waits here and then finds no file any more.
        self.laid_before.model.objects.select_for_update().get(pk=self.laid.pk)
        self.laid.refresh_from_db()
        if not self.laid.file:
            return False
        if answer != "put_away":
            # What the file says and that it was written: both or neither.
            self.note(self._run(dry_run=False))
            self.laid.written_at, self.laid.written_by = clock.now(), self.request.user
            self.laid.save()
        laid_files.forget(self.laid)
        return answer == "put_away"

    def _run(self, *, dry_run):
        with self.laid.file.open("rb") as file:
            return self.run(file, dry_run=dry_run)
