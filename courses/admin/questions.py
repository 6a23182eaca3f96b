"""The question bank in the office: find, read, change by a new version, retire; assessments and their preview."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from courses.admin.access import ForRoles
from courses.admin.question_forms import AssessmentForm, QuestionForm, module_choices
from courses.models import Assessment, Attempt, Question, QuestionVersion
from courses.operations import questions
from courses.views.assessment import per_cent
from courses.views.questions import drawn_for_preview, marked_preview, worded
from lms.kernel.search_names import search_key
from lms.people import roles

AUTHORS = (roles.COURSE_AUTHOR, roles.ADMINISTRATOR)
READERS = (*AUTHORS, roles.ORGANISER, roles.COUNCIL_OFFICER, roles.COMMISSION_MEMBER)
PER_PAGE = 50


class OfficePage(ForRoles, WagtailAdminTemplateMixin):
    allowed = READERS
    header_icon = "help"
    _show_breadcrumbs = True

    def get_context_data(self, **kwargs):
        is_author = roles.has_role(self.request.user, *AUTHORS)
        return super().get_context_data(**kwargs) | {"is_author": is_author}


class QuestionList(OfficePage, TemplateView):
    template_name = "courses/office/questions.html"
    page_title = gettext_lazy("Questions")

    def rows(self):
        asked = self.request.GET
        found = Question.objects.annotate(latest=Max("versions__number"), times=Count("versions__items"))
        if asked.get("module"):
            found = found.filter(module_code=asked["module"])
        if asked.get("retired") != "1":
            found = found.filter(retired_at__isnull=True)
        rows = list(found.order_by("code"))
        versions = {
            version.question_id: version
            for version in QuestionVersion.objects.filter(question__in=rows).order_by("question", "number")
        }
        for row in rows:
            row.version = versions.get(row.pk)
        words = search_key(asked.get("q", "")).split(" | ")[0].split()
        return [row for row in rows if all(word in self._searched(row) for word in words)] if words else rows

    def _searched(self, row) -> str:
        version = row.version
        texts = [*version.stems.values(), *version.vignettes.values()] if version else []
        return search_key(row.code, row.outcome, *texts)

    def get_context_data(self, **kwargs):
        page = Paginator(self.rows(), PER_PAGE).get_page(self.request.GET.get("page"))
        query = self.request.GET.copy()
        query.pop("page", None)
        return super().get_context_data(**kwargs) | {
            "page_of_rows": page,
            "modules": module_choices(),
            "asked": self.request.GET,
            "query": query.urlencode(),
        }


class QuestionView(OfficePage, TemplateView):
    """One question: what it says in every language, its versions, how often it was drawn."""

    template_name = "courses/office/question.html"

    @cached_property
    def question(self) -> Question:
        return get_object_or_404(Question, pk=self.kwargs["pk"])

    def get_page_title(self):
        return self.question.code

    def get_context_data(self, **kwargs):
        versions = list(self.question.versions.annotate(times=Count("items")))
        wanted = self.request.GET.get("version", "")
        version = next((each for each in versions if str(each.number) == wanted), versions[0] if versions else None)
        if version is None:
            raise Http404
        return super().get_context_data(**kwargs) | {
            "question": self.question,
            "version": version,
            "versions": versions,
            "texts": [
                {
                    "code": code,
                    "language": name,
                    "vignette": version.vignettes.get(code, ""),
                    "stem": version.stems[code],
                    "rationale": version.rationales.get(code, ""),
                    "options": [
                        {"key": option["key"], "correct": option["correct"], "text": option["texts"].get(code, "")}
                        for option in version.options
                    ],
                }
                for code, name in settings.LANGUAGES
                if code in version.stems
            ],
        }

    def post(self, request, pk):
        """Retire, or bring back."""
        if not roles.has_role(request.user, *AUTHORS):
            raise PermissionDenied
        if request.POST.get("action") == "bring_back":
            questions.bring_back(self.question, by=request.user)
            messages.success(request, _("%(code)s is in use again.") % {"code": self.question.code})
        else:
            questions.retire(self.question, by=request.user)
            messages.success(
                request,
                _("%(code)s is retired: future editions leave it out, past attempts keep it.")
                % {"code": self.question.code},
            )
        return redirect("question", self.question.pk)


class QuestionEdit(OfficePage, FormView):
    """A new question, or a new version of one."""

    allowed = AUTHORS
    template_name = "courses/office/question_form.html"
    form_class = QuestionForm

    @cached_property
    def question(self) -> Question | None:
        return get_object_or_404(Question, pk=self.kwargs["pk"]) if "pk" in self.kwargs else None

    def get_page_title(self):
        if self.question is None:
            return _("New question")
        return _("Change %(code)s") % {"code": self.question.code}

    def get_form_kwargs(self):
        latest = self.question.versions.order_by("-number").first() if self.question else None
        return super().get_form_kwargs() | {"question": self.question, "version": latest}

    def form_valid(self, form):
        said, question = form.cleaned_data, self.question
        try:
            if question is None:
                question = questions.add(
                    said["code"].strip(),
                    form.content(),
                    module_code=said["module_code"],
                    outcome=said["outcome"],
                    by=self.request.user,
                )
                messages.success(self.request, _("%(code)s is in the bank.") % {"code": question.code})
            else:
                version = questions.change(question, form.content(), outcome=said["outcome"], by=self.request.user)
                messages.success(
                    self.request,
                    _("Version %(number)s of %(code)s stands. Editions published from now on use it.")
                    % {"number": version.number, "code": question.code},
                )
        except questions.QuestionRefused as refused:
            form.add_error(None, str(refused))
            return self.form_invalid(form)
        return redirect("question", question.pk)


class AssessmentList(OfficePage, TemplateView):
    template_name = "courses/office/assessments.html"
    page_title = gettext_lazy("Assessments")

    def get_context_data(self, **kwargs):
        counts = dict(
            Question.objects.filter(retired_at__isnull=True)
            .order_by()
            .values_list("module_code")
            .annotate(count=Count("pk"))
        )
        graded = {
            row["assessment__code"]: row
            for row in Attempt.objects.filter(state=Attempt.State.GRADED)
            .order_by()
            .values("assessment__code")
            .annotate(attempts=Count("pk"), passed=Count("pk", filter=Q(passed=True)))
        }
        return super().get_context_data(**kwargs) | {
            "rows": [
                {"assessment": row, "questions": counts.get(row.module_code, 0), "graded": graded.get(row.code)}
                for row in Assessment.objects.order_by("code")
            ]
        }


class AssessmentEdit(OfficePage, FormView):
    """The conditions of an assessment. Published editions keep theirs."""

    allowed = AUTHORS
    template_name = "courses/office/form.html"
    form_class = AssessmentForm

    @cached_property
    def assessment(self) -> Assessment | None:
        return get_object_or_404(Assessment, pk=self.kwargs["pk"]) if "pk" in self.kwargs else None

    def get_page_title(self):
        return self.assessment.title if self.assessment else _("New assessment")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | ({"instance": self.assessment} if self.assessment else {})

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {"submit_label": _("Save")}

    def form_valid(self, form):
        form.save()
        messages.success(self.request, _("Saved. Editions published from now on use these conditions."))
        return redirect("assessments")


class AssessmentPreview(OfficePage, TemplateView):
    """A draw as a learner would meet it. Nothing is stored, so usage and results stay as they are."""

    template_name = "courses/office/assessment_preview.html"

    @cached_property
    def assessment(self) -> Assessment:
        return get_object_or_404(Assessment, pk=self.kwargs["pk"])

    def get_page_title(self):
        return _("Preview of “%(title)s”") % {"title": self.assessment.title}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs) | {
            "assessment": self.assessment,
            "title": worded(self.assessment.titles),
        }
        if "sections" not in context:
            context["sections"] = drawn_for_preview(self.assessment)
        return context

    def post(self, request, pk):
        sections, outcome = marked_preview(self.assessment, request.POST)
        return self.render_to_response(
            self.get_context_data(sections=sections, outcome=outcome, percent=per_cent(outcome.percent))
        )


def urls():
    return [
        path("questions/", QuestionList.as_view(), name="questions"),
        path("questions/new/", QuestionEdit.as_view(), name="question_new"),
        path("questions/<int:pk>/", QuestionView.as_view(), name="question"),
        path("questions/<int:pk>/change/", QuestionEdit.as_view(), name="question_change"),
        path("assessments/", AssessmentList.as_view(), name="assessments"),
        path("assessments/new/", AssessmentEdit.as_view(), name="assessment_new"),
        path("assessments/<int:pk>/", AssessmentEdit.as_view(), name="assessment_change"),
        path("assessments/<int:pk>/preview/", AssessmentPreview.as_view(), name="assessment_preview"),
    ]
