"""Completions in the office: who completed what and on which evidence, and those the evidence no longer bears out."""

from datetime import date, datetime

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from courses.admin.access import READERS, ForRoles
from courses.models import Completion, Edition, EditionAssessment, EditionDay, EditionModule, Waiver
from courses.operations import completing
from courses.rules.completion import Who
from lms.kernel.languages import localized
from lms.people.models import Person

PER_PAGE = 50


class CompletionList(ForRoles, WagtailAdminTemplateMixin, TemplateView):
    allowed = READERS
    template_name = "courses/office/completions.html"
    page_title = gettext_lazy("Completions")
    header_icon = "success"
    _show_breadcrumbs = True

    def get_context_data(self, **kwargs):
        asked = self.request.GET
        rows = Completion.objects.select_related("enrolment__person", "enrolment__edition", "enrolment__group__round")
        if asked.get("programme"):
            rows = rows.filter(enrolment__programme_code=asked["programme"])
        if asked.get("q"):
            rows = rows.filter(enrolment__person__in=Person.objects.matching(asked["q"]))
        query = asked.copy()
        query.pop("page", None)
        return super().get_context_data(**kwargs) | {
            "page_of_rows": Paginator(rows, PER_PAGE).get_page(asked.get("page")),
            "programmes": Edition.objects.order_by("programme_code")
            .values_list("programme_code", flat=True)
            .distinct(),
            "asked": asked,
            "query": query.urlencode(),
        }


class ContradictedList(ForRoles, WagtailAdminTemplateMixin, TemplateView):
    """Completions whose evidence was changed afterwards. Nothing is changed by itself; a person decides."""

    allowed = READERS
    template_name = "courses/office/completions_contradicted.html"
    page_title = gettext_lazy("Completions to look at")
    header_icon = "warning"
    _show_breadcrumbs = True

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "rows": [
                {
                    "completion": each.completion,
                    "enrolment": each.completion.enrolment,
                    "missing": completing.explain_all(each.missing, Who.COUNCIL),
                    "lost": [met.code for met in each.lost],
                }
                for each in completing.contradicted()
            ]
        }


class CompletionView(ForRoles, WagtailAdminTemplateMixin, TemplateView):
    """One completion with every entry of its evidence."""

    allowed = READERS
    template_name = "courses/office/completion.html"
    header_icon = "success"
    _show_breadcrumbs = True

    @cached_property
    def completion(self) -> Completion:
        rows = Completion.objects.select_related("enrolment__person", "enrolment__edition", "enrolment__group__round")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_page_title(self):
        return str(self.completion.enrolment.person)

    def get_context_data(self, **kwargs):
        edition = self.completion.enrolment.edition_id
        waivers = {
            (row.kind, row.code): row
            for row in Waiver.objects.filter(enrolment=self.completion.enrolment, granted_at__isnull=False).order_by(
                "pk"
            )
        }
        titles = {
            (kind, row.code): row.title
            for kind, model in (("day", EditionDay), ("module", EditionModule), ("assessment", EditionAssessment))
            for row in model.objects.filter(edition=edition)
        }
        return super().get_context_data(**kwargs) | {
            "completion": self.completion,
            "enrolment": self.completion.enrolment,
            "entries": [
                entry
                | {
                    "title": titles.get((entry["kind"], entry["code"]), ""),
                    "moment": datetime.fromisoformat(entry["at"]),
                    "day": date.fromisoformat(entry["on"]) if entry.get("on") else None,
                    "where": localized(entry.get("place")),
                    "waiver": waivers.get((entry["kind"], entry["code"])) if entry["waived"] else None,
                }
                for entry in self.completion.evidence
            ],
        }


def urls():
    return [
        path("completions/", CompletionList.as_view(), name="completions"),
        path("completions/contradicted/", ContradictedList.as_view(), name="completions_contradicted"),
        path("completions/<int:pk>/", CompletionView.as_view(), name="completion"),
    ]
