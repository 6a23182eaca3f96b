"""Renewal: a new award in the new cycle, linked both ways; the one before keeps its dates; holders are told in time."""

from datetime import time, timedelta

import pytest
from django.core import mail

from certification import held
from certification.models import ExpiryNotice
from certification.operations import renewing
from certification.rules.validity import Standing
from courses.operations import completing, enrolling
from lms.kernel import clock
from tests.certification.factories import (
    commission_member,
    group_with,
    issued_batch,
    issued_certificate,
    officer,
    present,
)
from tests.factories import EditionFactory, GroupFactory, PersonFactory, sessions_of

pytestmark = pytest.mark.django_db


def renewed(first):
    """The holder of ``first`` takes the programme again and gets another certificate."""
    edition = first.person.enrolments.get().edition
    group = GroupFactory(round__edition=edition, round__code="R-AGAIN", code="G9")
    sessions = sessions_of(group, clock.local_day() - timedelta(days=2))
    enrolment = enrolling.enrol_again(first.person.enrolments.get(), edition, by=officer("x@example.org"))
    enrolment.group = group
    enrolment.save()
    present(enrolment, sessions)
    completing.consider_many([enrolment.pk])
    by, approver = officer("y@example.org"), commission_member("z@example.org")
    return issued_batch(group, by=by, approver=approver).certificates.get()


def test_a_retake_within_the_validity_is_an_award_of_its_own_and_overwrites_nothing():
    first = issued_certificate(edition=EditionFactory(days=1, valid_months=12, is_open=True))
    before = (first.issued_on, first.valid_from, first.valid_until, first.facts_sha256)

    second = renewed(first)

    first.refresh_from_db()
    assert (first.issued_on, first.valid_from, first.valid_until, first.facts_sha256) == before
    assert (second.renews, [*first.renewals.all()]) == (first, [second])
    assert second.registration != first.registration
    assert [each.standing for each in held.certificates_of(first.person)] == [Standing.VALID] * 2
    assert [*renewing.ending(clock.local_day(), days=400)] == [second]


def test_an_expired_certificate_says_that_it_was_renewed_and_not_to_which_number(client):
    first = issued_certificate(edition=EditionFactory(days=1, valid_months=1))
    with clock.standing_at(clock.now() + timedelta(days=40)):
        second = renewed(first)
        told = client.get(f"/v/{first.number}").content.decode()

    assert "A newer certificate renewed it on" in told
    assert [number for number in (second.number, second.grouped_number, second.serial) if number in told] == []


def test_holders_are_told_once_for_each_notice_and_not_when_they_have_renewed(run_queue):
    person = PersonFactory(given_name="Arta", email="arta@example.org", language="en")
    certificate = issued_batch(group_with(person, PersonFactory(email=""), days=1, valid_months=12)).certificates.get(
        person=person
    )
    run_queue()
    mail.outbox.clear()

    def on(days_before):
        day = certificate.valid_until - timedelta(days=days_before)
        with clock.standing_at(clock.wall_moment(day, time(9), "Europe/Belgrade")):
            return renewing.tell_in_time()

    told = [on(91), on(90), on(89), on(30), on(29), on(0), on(-1)]
    run_queue()

    assert told == [0, 1, 0, 1, 0, 0, 0]
    assert [message.to for message in mail.outbox] == [["arta@example.org"]] * 2
    assert certificate.grouped_number in mail.outbox[0].body
    assert sorted(ExpiryNotice.objects.values_list("days_before", "has_address")) == [
        (30, False), (30, True), (90, False), (90, True),
    ]  # fmt: skip
