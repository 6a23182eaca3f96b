"""Many rows in one statement: the same rows that the ORM would write, in the order given."""

import json

import pytest
from django.db import IntegrityError, transaction

from courses.models import AttemptItem, AttendanceMark, RosterEntry
from courses.operations import assessing
from lms.kernel import clock
from lms.kernel.many_rows import insert
from tests.factories import EditionFactory, EnrolmentFactory, QuestionVersionFactory, SessionFactory

pytestmark = pytest.mark.django_db

ROSTER = ("session_id", "enrolment_id", "position", "added_late")


def test_rows_are_written_in_one_statement_and_their_keys_returned_in_order(django_assert_num_queries):
    session = SessionFactory()
    enrolments = [EnrolmentFactory() for _n in range(3)]

    with django_assert_num_queries(1):
        keys = insert(RosterEntry, ROSTER, [(session.pk, each.pk, n, n == 2) for n, each in enumerate(enrolments)])

    found = {row.pk: row for row in RosterEntry.objects.all()}
    assert [(found[key].enrolment, found[key].position, found[key].added_late) for key in keys] == [
        (enrolments[0], 0, False),
        (enrolments[1], 1, False),
        (enrolments[2], 2, True),
    ]


def test_moments_nothing_and_json_come_back_as_they_were():
    session, enrolment, now = SessionFactory(), EnrolmentFactory(), clock.now()
    learner, version = EnrolmentFactory(edition=EditionFactory(days=0, assessments=1)), QuestionVersionFactory()
    attempt = assessing.start(learner, learner.edition.assessments.get(), by=None)
    names = ("session_id", "enrolment_id", "value", "minutes_late", "minutes_early", "remark", "source")
    names += ("policy_version", "recorded_at", "captured_at", "reason")

    (mark,) = insert(
        AttendanceMark,
        names,
        [(session.pk, enrolment.pk, "late", 7, 0, "{\"x\", 'y'", "paper", "1", now, None, "")],
    )
    insert(
        AttemptItem,
        ("attempt_id", "slot", "version_id", "option_order", "answer", "sequence"),
        [(attempt.pk, 77, version.pk, json.dumps(["b", 'a"']), "[]", 0)],
    )

    row = AttendanceMark.objects.get(pk=mark)
    assert (row.minutes_late, row.remark, row.recorded_at, row.captured_at) == (7, "{\"x\", 'y'", now, None)
    item = AttemptItem.objects.get(slot=77)
    assert (item.option_order, item.answer) == (["b", 'a"'], [])


def test_what_all_rows_share_and_what_they_do_not_are_the_same_rows():
    session, enrolment, other = SessionFactory(), EnrolmentFactory(), EnrolmentFactory()

    insert(RosterEntry, ROSTER, [(session.pk, enrolment.pk, 1, True), (session.pk, other.pk, 1, True)])
    insert(RosterEntry, ROSTER, [(SessionFactory().pk, enrolment.pk, 1, True)])

    rows = RosterEntry.objects.filter(session=session).order_by("pk").values_list("enrolment", "position", "added_late")
    assert list(rows) == [(enrolment.pk, 1, True), (other.pk, 1, True)]
    assert RosterEntry.objects.count() == 3


def test_what_the_database_refuses_is_refused():
    session, enrolment = SessionFactory(), EnrolmentFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        insert(RosterEntry, ROSTER, [(session.pk, enrolment.pk, 1, False)] * 2)

    assert insert(RosterEntry, ROSTER, []) == []
