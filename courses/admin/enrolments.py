"""Lists of participants in the office: laid before a round, looked at line by line, then written."""

from django import forms
from django.urls import path
from django.utils.translation import gettext_lazy as _

from courses.admin import laid_files
from courses.models import EnrolmentImport, Round
from courses.operations import importing_enrolments


class ListForm(laid_files.UploadForm):
    round = forms.ModelChoiceField(Round.objects.none(), label=_("Round"))
    field_order = ["round", "file"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = Round.objects.order_by("-id")


class Upload(laid_files.Upload):
    """Lay a list before the groups of a round."""

    model = EnrolmentImport
    review = "review_enrolments"
    form_class = ListForm
    template_name = "courses/office/enrolments_upload.html"
    page_title = _("Enrol a list")

    def get_initial(self):
        return {"round": Round.objects.filter(code=self.request.GET.get("round", "")).first()}

    def get_context_data(self, **kwargs):
        recent = EnrolmentImport.objects.select_related("round", "uploaded_by")[:10]
        return super().get_context_data(**kwargs) | {"columns": importing_enrolments.COLUMNS, "recent": recent}


class Review(laid_files.Review):
    """Who would be entered and enrolled."""

    laid_before = EnrolmentImport.objects.select_related("round__edition")
    upload, review = "import_enrolments", "review_enrolments"
    template_name = "courses/office/enrolments_review.html"
    words_put_away = _("Put away; nobody was enrolled by this list.")
    words_refused = _("The list no longer fits. Nobody was enrolled; see the faults below.")

    def get_page_title(self):
        return f"{self.laid.round.code}: {self.laid.name}"

    def run(self, file, *, dry_run):
        laid = self.laid
        return importing_enrolments.import_enrolments(
            file, laid.name, laid.round, by=self.request.user, dry_run=dry_run
        )

    def shown(self, result):
        return {"joining": result.joining[: laid_files.MOST_SHOWN]}

    def note(self, result):
        self.laid.persons_entered, self.laid.persons_enrolled = result.persons, result.enrolled
        self.laid.persons_already = result.already


def urls():
    return [
        path("enrolments/import/", Upload.as_view(), name="import_enrolments"),
        path("enrolments/import/<int:pk>/", Review.as_view(), name="review_enrolments"),
    ]
