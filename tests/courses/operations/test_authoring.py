"""Authors write and submit, an officer approves: tried with the office's own pages."""

import pytest
from django.core import mail
from django.urls import reverse
from wagtail.models import GroupPagePermission, WorkflowPage
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text

from courses.models import ApprovalTask, Edition, ProgrammePage
from courses.operations import authoring
from lms.people import roles
from tests.courses.pages import catalogue_page
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NO_MORE_DAYS = nested_form_data({"training_days": inline_formset([])})


@pytest.fixture
def author():
    return UserFactory(email="author@example.org", roles=[roles.COURSE_AUTHOR])


@pytest.fixture
def officer():
    return UserFactory(email="officer@example.org", roles=[roles.COUNCIL_OFFICER])


def programme(**fields):
    """What the editor sends for a programme with one training day."""
    return nested_form_data(
        {
            "title": "Programi REF",
            "slug": "ref",
            "code": "REF",
            "summary": "Për kë është",
            "about": rich_text("<p>About</p>"),
            "mode": "workshop",
            "hours": "6",
            "needs_all_days": "on",
            "accreditation_status": "none",
            "outcomes": inline_formset([]),
            "training_days": inline_formset([{"code": "D1", "title": "Day", "hours": "6", "workshop": "W1"}]),
            "programme_modules": inline_formset([]),
            "comments": inline_formset([]),
        }
        | fields
    )


def the_page() -> ProgrammePage:
    """The one that was written; the other languages show aliases of it."""
    return ProgrammePage.objects.get(alias_of__isnull=True)


def written(office, **fields) -> ProgrammePage:
    """A programme that ``office`` made below the catalogue."""
    address = reverse("wagtailadmin_pages:add", args=["courses", "programmepage", catalogue_page().pk])
    office.post(address, programme(**fields))
    return the_page()


def answer(office, page, action):
    waiting = page.current_workflow_task_state
    address = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, action, waiting.pk])
    return office.post(address, {"comment": "x"})


def test_an_author_cannot_publish_and_an_officers_approval_cuts_the_edition(
    client_for, author, officer, django_capture_on_commit_callbacks
):
    catalogue_page()
    writing, approving = client_for(author), client_for(officer)

    page = written(writing, **{"action-publish": "yes"})
    assert (page.live, Edition.objects.count()) == (False, 0)

    with django_capture_on_commit_callbacks(execute=True):
        writing.post(
            reverse("wagtailadmin_pages:edit", args=[page.pk]),
            programme(title="Programi i ri", **NO_MORE_DAYS, **{"action-submit": "yes"}),
        )
    page = the_page()
    assert page.workflow_in_progress
    assert [message.to for message in mail.outbox] == [[officer.email]]
    assert "Programi i ri" in approving.get(reverse("wagtailadmin_home")).content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        approved = answer(approving, page, "approve")
    said = approving.get(approved.url, follow=True)  # once it is committed, as a browser does

    page = the_page()
    assert (page.live, page.title) == (True, "Programi i ri")
    assert Edition.objects.get().titles["sq"] == "Programi i ri"
    assert [str(message) for message in said.context["messages"]][-1:] == [
        "Enrolments from now on are for edition 1 of REF."
    ]


def test_what_waits_stays_as_it_was_submitted(client_for, author, officer):
    catalogue_page()
    writing, approving = client_for(author), client_for(officer)
    page = written(writing, **{"action-submit": "yes"})
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])

    for office in (writing, approving):
        office.post(edit, programme(title="Otherwise", **{"action-publish": "yes"}))

    assert the_page().get_latest_revision_as_object().title == "Programi REF"
    assert "waits for approval" in approving.get(edit).content.decode()


@pytest.mark.parametrize("superuser", [False, True])
def test_nobody_approves_their_own_writing(client_for, author, officer, superuser):
    catalogue_page()
    both = UserFactory(roles=[roles.COURSE_AUTHOR, roles.COUNCIL_OFFICER], is_superuser=superuser)
    page = written(client_for(both), **{} if superuser else {"action-publish": "yes"})
    client_for(author).post(reverse("wagtailadmin_pages:edit", args=[page.pk]), programme(**{"action-submit": "yes"}))
    page = the_page()
    task = ApprovalTask.objects.get()

    answer(client_for(both), page, "approve")
    answer(client_for(author), page, "approve")

    assert not the_page().live
    assert not task.get_task_states_user_can_moderate(both).exists()
    assert task.get_task_states_user_can_moderate(officer).count() == 1


def test_whoever_may_do_both_publishes_what_somebody_else_wrote(client_for, author):
    catalogue_page()
    both = client_for(UserFactory(roles=[roles.COURSE_AUTHOR, roles.COUNCIL_OFFICER]))
    page = written(client_for(author), **{"action-submit": "yes"})

    answer(both, page, "approve")

    assert the_page().live
    both.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), programme(title="Mine", **{"action-publish": "yes"}))
    assert the_page().title == "Programi REF"


def test_an_officer_sends_it_back_and_the_author_goes_on(client_for, author, officer):
    catalogue_page()
    writing = client_for(author)
    page = written(writing, **{"action-submit": "yes"})

    answer(client_for(officer), page, "reject")
    writing.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), programme(title="Better"))

    page = the_page()
    assert (page.live, page.get_latest_revision_as_object().title) == (False, "Better")


def test_an_officer_takes_a_page_off_the_site(client_for, author, officer):
    catalogue_page()
    page = written(client_for(author), **{"action-submit": "yes"})
    answer(client_for(officer), page, "approve")
    address = reverse("wagtailadmin_pages:unpublish", args=[page.pk])

    client_for(author).post(address)
    assert the_page().live

    client_for(officer).post(address)
    assert not the_page().live


def test_authors_bring_pictures_and_documents(client_for, author):
    catalogue_page()
    office = client_for(author)

    assert office.get(reverse("wagtailimages:add")).status_code == 200
    assert office.get(reverse("wagtaildocs:add")).status_code == 200
    assert office.get(reverse("wagtailadmin_explore", args=[catalogue_page().pk])).status_code == 200


def test_others_do_not_write(client_for, officer):
    catalogue_page()
    address = reverse("wagtailadmin_pages:add", args=["courses", "programmepage", catalogue_page().pk])

    for user in (officer, UserFactory(roles=[roles.ORGANISER]), UserFactory(roles=[roles.INSPECTOR])):
        client_for(user).post(address, programme())

    assert not ProgrammePage.objects.exists()


def test_opening_twice_changes_nothing_and_keeps_another_workflow():
    page = catalogue_page()
    before = GroupPagePermission.objects.count(), ApprovalTask.objects.count()
    WorkflowPage.objects.filter(page=page).delete()

    authoring.open_catalogue()
    authoring.open_catalogue()

    assert (GroupPagePermission.objects.count(), ApprovalTask.objects.count()) == before
    assert WorkflowPage.objects.filter(page=page).count() == 1
