"""Programmes in the office: read by those who work there, changed by nobody, lists ticked instead of typed."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text

from courses.models import Edition, ProgrammePage
from lms.people import roles
from tests.courses.pages import catalogue_page, lesson_page, module_page, programme_page, published
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "role", [roles.COURSE_AUTHOR, roles.ORGANISER, roles.COUNCIL_OFFICER, roles.INSPECTOR, roles.ADMINISTRATOR]
)
def test_editions_are_listed_and_shown_but_not_changed(client_for, role):
    _page, edition = published("REF", days=1)
    office = client_for(UserFactory(roles=[role]))

    listed = office.get(reverse("editions:index"))

    assert listed.status_code == 200
    assert "Programi REF" in listed.content.decode()
    assert office.get(reverse("editions:inspect", args=[edition.pk])).status_code == 200
    assert office.get(reverse("editions:add")).status_code != 200
    assert office.get(reverse("editions:edit", args=[edition.pk])).status_code != 200
    assert office.get(reverse("editions:delete", args=[edition.pk])).status_code != 200


def test_editions_are_hidden_from_those_without_a_role(client_for):
    published("REF", days=1)

    assert client_for(UserFactory()).get(reverse("editions:index")).status_code == 302
    assert client_for(UserFactory(roles=[roles.TRAINER])).get(reverse("editions:index")).status_code == 302


@pytest.fixture
def form_class():
    return ProgrammePage.get_edit_handler().get_form_class()


def test_lists_are_ticked_and_refuse_what_is_not_on_them(form_class):
    page = programme_page("REF", days=1)

    form = form_class(instance=page, data={"audiences": ["director", "astronaut"]}, for_user=UserFactory())

    assert "audiences" in form.errors
    assert form.fields["topics"].widget.input_type == "checkbox"


def test_an_accredited_programme_names_its_body_and_first_day(form_class):
    page = programme_page("REF", days=1)

    form = form_class(instance=page, data={"accreditation_status": "accredited"}, for_user=UserFactory())

    assert "names the body and the first day" in str(form.errors["accreditation_status"])


def test_a_code_is_taken_once_but_shared_by_translations():
    programme_page("REF", days=1)
    twin = ProgrammePage(code="REF", title="Other", slug="other", summary="x", mode="online", hours=1)

    with pytest.raises(ValidationError, match="The code REF is taken by “Programi REF”"):
        catalogue_page().add_child(instance=twin)


def test_a_code_can_stand_in_an_address():
    def unfit(make):
        with pytest.raises(ValidationError, match="“A/1” cannot stand in an address") as refused:
            make()
        return set(refused.value.message_dict)

    assert unfit(lambda: programme_page("A/1", days=1, slug="a")) == {"code"}
    assert unfit(lambda: module_page("A/1", lessons=0, slug="a")) == {"code"}
    assert unfit(lambda: lesson_page(module_page("M1", lessons=0), "A/1", slug="a")) == {"code"}


def saved(page, **fields):
    """What the editor sends for ``page``."""
    return nested_form_data(
        {
            "title": page.title,
            "slug": page.slug,
            "code": page.code,
            "summary": page.summary,
            "about": rich_text("<p>About</p>"),
            "mode": page.mode,
            "hours": "6",
            "accreditation_status": "none",
            "outcomes": inline_formset([]),
            "training_days": inline_formset([{"code": "D1", "title": "Day", "hours": "6", "workshop": "W1"}]),
            "programme_modules": inline_formset([]),
            "comments": inline_formset([]),
        }
        | fields
    )


def test_publishing_in_the_office_says_which_edition_holds_or_what_is_missing(client_for):
    page = programme_page("REF", days=0)
    office = client_for(UserFactory(is_superuser=True, is_staff=True))
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])

    refused = office.post(edit, saved(page) | {"action-publish": "yes"}, follow=True)
    cut = office.post(
        edit,
        saved(page, needs_all_days="on")
        | nested_form_data({"training_days": inline_formset([])})
        | {"audiences": ["director"], "action-publish": "yes"},
        follow=True,
    )

    assert any("not completable" in str(message) for message in refused.context["messages"])
    assert any("edition 1 of REF" in str(message) for message in cut.context["messages"])
    edition = Edition.objects.get()
    assert (edition.audiences, edition.rule["days"]) == (["director"], ["D1"])


def test_the_editor_is_told_which_code_cannot_stand_in_an_address(client_for):
    page = programme_page("REF", days=1)
    office = client_for(UserFactory(is_superuser=True, is_staff=True))
    days = inline_formset([{"code": "D/1", "title": "Day", "hours": "6", "workshop": "W1"}])

    answered = office.post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        saved(page, code="REF/1") | nested_form_data({"training_days": days}),
    ).content.decode()

    assert "“REF/1” cannot stand in an address" in answered
    assert "“D/1” cannot stand in an address" in answered
    page.refresh_from_db()
    assert page.code == "REF"


def test_looking_at_what_an_approval_did_cuts_no_edition(client_for):
    page, edition = published("REF", days=1)
    page.title = "Changed, and cut by nobody yet"
    page.save()
    uncut, incomplete = programme_page("NEW", days=1), programme_page("VOID", days=0)
    office = client_for(UserFactory(roles=[roles.COUNCIL_OFFICER]))

    def said(page):
        answer = office.get(reverse("page_approved", args=[page.pk]), follow=True)
        return [str(message) for message in answer.context["messages"]]

    assert said(page) == ["Enrolments from now on are for edition 1 of REF."]
    assert said(uncut) == []
    assert "not completable" in said(incomplete)[0]
    assert list(Edition.objects.all()) == [edition]
