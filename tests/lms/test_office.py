"""The office's start page tells what waits for whom."""

from datetime import timedelta

import pytest
from django.urls import reverse

from certification.models import IssueBatch
from certification.operations import revoking
from lms import office
from lms.kernel import clock
from lms.people import roles
from tests.certification.factories import completed_group, issued_batch
from tests.factories import EditionFactory, GroupFactory, RoundFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_list_waits_for_the_second_person_and_not_for_the_one_who_asked():
    asking, approving = UserFactory(roles=[roles.COUNCIL_OFFICER]), UserFactory(roles=[roles.COMMISSION_MEMBER])
    IssueBatch.objects.create(round_code="REF-2026-1", requested_at=clock.now(), requested_by=asking, expected_count=43)

    assert office.waiting_for(asking) == []
    assert [each.text for each in office.waiting_for(approving)] == ["1 list of certificates waits for your approval"]


def test_acts_that_wait_lead_to_where_they_are_decided(client):
    asking, deciding = UserFactory(roles=[roles.COUNCIL_OFFICER]), UserFactory(roles=[roles.COMMISSION_MEMBER])
    client.force_login(deciding)

    first = _asked_to_suspend(asking, deciding)
    (one,) = _acts(deciding)
    second = _asked_to_suspend(asking, deciding)
    (two,) = _acts(deciding)

    assert one.url == reverse("issuing:certificate", args=[first.pk])
    assert ">Approve<" in client.get(one.url).content.decode()
    assert first.serial in client.get(two.url).content.decode()
    assert second.serial in client.get(two.url).content.decode()
    assert _acts(asking) == []


def _asked_to_suspend(asking, deciding):
    certificate = issued_batch(completed_group(1), by=asking, approver=deciding).certificates.get()
    grounds = revoking.Grounds(
        reason_code="under_review", effective_on=clock.local_day(), public_text={"sq": "Në shqyrtim."}
    )
    revoking.request(certificate, "suspended", grounds, by=asking)
    return certificate


def _acts(user):
    return [each for each in office.waiting_for(user) if "second person" in each.text]


def test_a_session_that_is_over_without_a_mark_waits_for_the_organiser():
    edition = EditionFactory(days=1)
    group = GroupFactory(round=RoundFactory(edition=edition))
    SessionFactory(group=group, day=edition.days.get(), on=clock.local_day() - timedelta(days=2))
    SessionFactory(group=group, day=edition.days.get(), half="PM", on=clock.local_day() + timedelta(days=2))

    waiting = office.waiting_for(UserFactory(roles=[roles.ORGANISER]))

    assert [each.text for each in waiting] == ["1 session is over and nobody has been marked"]


def test_an_author_has_nothing_to_decide(client):
    author = UserFactory(roles=[roles.COURSE_AUTHOR])
    client.force_login(author)

    response = client.get(reverse("wagtailadmin_home"))

    assert "Nothing waits for your decision." in response.content.decode()


def test_a_learner_does_not_enter_the_office(client):
    client.force_login(UserFactory())

    response = client.get(reverse("wagtailadmin_home"))

    assert response.status_code == 302
