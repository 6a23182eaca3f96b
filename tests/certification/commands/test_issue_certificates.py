"""The shell command: everybody listed with reasons, two people named, killed and run again without doubles."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from certification.models import Certificate, IssueBatch
from certification.operations import issuing
from courses.operations import completing
from lms.kernel import clock
from tests.certification.factories import (
    SignatoryFactory,
    commission_member,
    completed_group,
    group_with,
    licence_for,
    officer,
)
from tests.factories import EditionFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db


def run(*args):
    out = io.StringIO()
    call_command("issue_certificates", *args, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.fixture
def two():
    SignatoryFactory()
    return ["--requested-by", officer().email, "--approved-by", commission_member().email]


def test_the_list_names_everybody_with_reasons_and_writes_nothing():
    licensed, away = PersonFactory(), PersonFactory()
    licence_for(licensed, "L-7")
    group = group_with(licensed, absent=[away])

    rows = json.loads(run("--round", group.round.code, "--dry-run", "--format", "json"))

    assert {row["person"]: row for row in rows} == {
        licensed.reference: {
            "person": licensed.reference,
            "licence_number": "L-7",
            "group": "G1",
            "eligible": True,
            "certificate": None,
            "reasons": [],
        },
        away.reference: {
            "person": away.reference,
            "licence_number": None,
            "group": "G1",
            "eligible": False,
            "certificate": None,
            "reasons": [{"code": "day_pending", "detail": "D1"}],
        },
    }
    assert (Certificate.objects.count(), IssueBatch.objects.count()) == (0, 0)


def test_it_issues_and_a_second_run_issues_nothing(two):
    group = completed_group(3)

    first = run("--round", group.round.code, *two)
    run("--round", group.round.code, *two)
    rows = json.loads(run("--round", group.round.code, "--dry-run", "--format", "json"))

    assert "3 due a certificate (3 have it, 0 to be issued)" in first
    assert Certificate.objects.count() == 3
    assert [row["eligible"] for row in rows] == [True] * 3
    assert {row["certificate"] for row in rows} == set(Certificate.objects.values_list("serial", flat=True))


def test_it_goes_on_with_a_list_that_was_not_finished(two):
    group = completed_group(3)
    batch = issuing.request(group.round.code, by=officer("first@example.org"))
    issuing.approve(batch, by=commission_member("second@example.org"), through_queue=False)
    issuing.issue_rows(batch.pk, issuing.waiting_rows(batch)[:1])

    run("--round", group.round.code, *two)

    batch.refresh_from_db()
    assert (Certificate.objects.count(), batch.state) == (3, "done")


def test_an_unknown_round_is_said_in_a_plain_sentence():
    with pytest.raises(CommandError, match=r"There is no round NO-1\. Look up its code in the list of rounds\."):
        run("--round", "NO-1", "--dry-run")


def test_it_wants_two_different_people_who_may():
    SignatoryFactory()
    group, one = completed_group(1), officer().email

    with pytest.raises(CommandError, match=r"--requested-by EMAIL"):
        run("--round", group.round.code)
    with pytest.raises(CommandError, match="name two different people"):
        run("--round", group.round.code, "--requested-by", one, "--approved-by", one)
    with pytest.raises(CommandError, match="takes the role Council officer or Commission member"):
        run("--round", group.round.code, "--requested-by", one, "--approved-by", UserFactory().email)
    assert Certificate.objects.count() == 0


def test_who_learned_after_the_accreditation_had_run_out_is_not_due_and_the_list_says_who_decides():
    yesterday, long_ago = clock.local_day() - timedelta(days=1), clock.local_day() - timedelta(days=400)
    accreditation = {"status": "accredited", "body": "NQA", "number": "5", "from": "2020-01-01", "to": str(long_ago)}
    edition = EditionFactory(
        days=1,
        accreditation=accreditation,
        programme_code="REF",
        rule={"days": ["D1"], "accreditation": ["REF"]},
    )
    group = group_with(PersonFactory(), edition=edition)

    (row,) = json.loads(run("--round", group.round.code, "--dry-run", "--format", "json"))
    said = run("--round", group.round.code, "--dry-run")

    assert (row["eligible"], row["reasons"]) == (False, [{"code": "accreditation_expired", "detail": "REF"}])
    assert f"was accredited until {long_ago:%d.%m.%Y}" in said
    assert "no certificate until you decide" in said

    EditionFactory(programme_code="REF", number=2, days=1, accreditation=accreditation | {"to": str(yesterday)})
    completing.catch_up()

    (row,) = json.loads(run("--round", group.round.code, "--dry-run", "--format", "json"))
    assert (row["eligible"], row["reasons"]) == (True, [])


def test_only_what_failed_is_taken_up_again(two):
    spoilt = PersonFactory(surname="Zeka")
    group = group_with(spoilt, PersonFactory())
    batch = issuing.request(group.round.code, by=officer("asks@example.org"))
    spoilt.surname = "Ze\u200bka"
    spoilt.save()
    run("--round", group.round.code, *two)
    before = Certificate.objects.count()
    spoilt.surname = "Zeka"
    spoilt.save()

    run("--round", group.round.code, *two, "--retry-failed")
    run("--round", group.round.code, *two, "--retry-failed")

    assert (before, Certificate.objects.count(), IssueBatch.objects.count()) == (1, 2, 1)
    assert batch.certificates.count() == 2


def test_a_paused_list_is_gone_on_with_only_when_that_is_said(two):
    group = completed_group(1)
    batch = issuing.request(group.round.code, by=officer("asks@example.org"))
    issuing.approve(batch, by=commission_member("decides@example.org"), through_queue=False)
    issuing.pause(batch, by=officer("pauses@example.org"))

    with pytest.raises(CommandError, match=f"Batch {batch.pk} is paused; add --go-on"):
        run("--round", group.round.code, *two)
    assert Certificate.objects.count() == 0

    run("--round", group.round.code, *two, "--go-on")

    assert Certificate.objects.count() == 1
