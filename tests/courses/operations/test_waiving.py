"""Waiving: two people for each waiver, nobody for themselves, every step kept, and it ends with its last day."""

import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from PIL import Image

from courses import completions
from courses.models import Completion, Waiver, WaiverEvent
from courses.operations import attending, completing, enrolling, waiving
from courses.operations.attending import Tap
from lms.kernel import clock
from tests.factories import (
    EditionFactory,
    EnrolmentFactory,
    GroupFactory,
    PersonFactory,
    RoundFactory,
    UserFactory,
    sessions_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def organiser():
    return UserFactory(name="Organiser")


@pytest.fixture
def officer():
    return UserFactory(name="Officer")


@pytest.fixture
def sessions():
    group = GroupFactory(round=RoundFactory(code="R-1", edition=EditionFactory(days=2)), code="G1")
    return sessions_of(group, clock.local_day() - timedelta(days=30))


@pytest.fixture
def enrolment(sessions):
    """Somebody who attended the first of two days."""
    enrolment = EnrolmentFactory(group=sessions[0].group, person=PersonFactory(user=UserFactory()))
    for session in sessions[:2]:
        attending.mark_many(session, [Tap(enrolment_id=enrolment.pk, value="present")], by=None)
    for session in sessions[2:]:
        attending.mark_many(session, [Tap(enrolment_id=enrolment.pk, value="absent")], by=None)
    return enrolment


def propose(enrolment, by, **said):
    return waiving.propose(enrolment, "day", "D2", by=by, **({"reason": "Taught this day herself"} | said))


def said_of(enrolment, reader="learner"):
    (standing,) = completions.standings_of([enrolment.registration])
    return [completions.explain_exemption(each, reader) for each in standing.exemptions]


def missing_of(enrolment, reader="learner"):
    (standing,) = completions.standings_of([enrolment.registration])
    return completions.explain_all(standing.missing, reader)


def test_a_proposal_completes_nobody_and_is_told_beside_what_is_missing(enrolment, organiser):
    propose(enrolment, organiser)

    assert completing.consider(enrolment.pk) is None
    (learner,), (council,) = missing_of(enrolment), missing_of(enrolment, "council")
    assert learner.endswith("A waiver for it is proposed; the Council decides.")
    assert council.endswith("A waiver for it is proposed: decide under “Waivers”.")


def test_what_somebody_else_grants_completes_from_that_moment(enrolment, organiser, officer, run_queue):
    waiver = propose(enrolment, organiser, decision_number="7/2026")

    granted = waiving.grant(waiver, by=officer)
    run_queue()

    completion = Completion.objects.get(enrolment=enrolment)
    assert completion.completed_at == granted.granted_at
    assert [(entry["code"], entry["waived"]) for entry in completion.evidence] == [("D1", False), ("D2", True)]
    today = f"{clock.local_day():%d.%m.%Y}"
    fact = f"Day 2 (Day D2): waived on {today} by decision 7/2026."
    assert said_of(enrolment) == said_of(enrolment, "council") == [f"{fact} Reason: Taught this day herself"]
    assert said_of(enrolment, "trainer") == [fact]


def test_nobody_decides_on_their_own_proposal_and_the_database_agrees(enrolment, organiser):
    waiver = propose(enrolment, organiser)

    with pytest.raises(waiving.NotYours, match="Somebody else has to decide"):
        waiving.grant(waiver, by=organiser)

    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.filter(pk=waiver.pk).update(granted_by=organiser, granted_at=timezone.now())


def test_nobody_waives_anything_for_themselves(enrolment, organiser):
    learner = enrolment.person.user

    with pytest.raises(waiving.NotYours, match="own enrolment"):
        propose(enrolment, learner)
    waiver = propose(enrolment, organiser)
    for step in (
        lambda: waiving.grant(waiver, by=learner),
        lambda: waiving.refuse(waiver, by=learner, reason="x"),
    ):
        with pytest.raises(waiving.NotYours, match="own enrolment"):
            step()


def test_only_what_is_missing_is_waived_and_only_once(enrolment, organiser):
    assert [(gap.kind, gap.code) for gap in waiving.open_criteria(enrolment)] == [("day", "D2")]
    propose(enrolment, organiser)

    assert waiving.open_criteria(enrolment) == ()
    for code in ("D1", "D2", "D9"):
        with pytest.raises(waiving.NothingToWaive, match=code):
            waiving.propose(enrolment, "day", code, by=organiser, reason="x")


def test_an_ended_or_completed_enrolment_has_nothing_to_waive(enrolment, organiser, officer):
    waiving.grant(propose(enrolment, organiser), by=officer)
    completing.consider(enrolment.pk)
    other = EnrolmentFactory(group=enrolment.group)
    enrolling.withdraw(other, by=None)

    for each in (enrolment, other):
        with pytest.raises(waiving.NothingToWaive, match="ended or is completed"):
            propose(each, organiser)


def test_a_refusal_is_final_and_leaves_room_for_another_proposal(enrolment, organiser, officer):
    waiver = propose(enrolment, organiser)

    waiving.refuse(waiver, by=officer, reason="No paper")

    with pytest.raises(waiving.Decided):
        waiving.grant(waiver, by=officer)
    again = propose(enrolment, organiser)
    assert [(e.kind, e.reason, e.by) for e in WaiverEvent.objects.filter(waiver=waiver)] == [
        ("proposed", "", organiser),
        ("refused", "No paper", officer),
    ]
    assert again.pk != waiver.pk


def test_what_was_completed_with_a_withdrawn_waiver_stays_and_is_listed(enrolment, organiser, officer):
    waiver = waiving.grant(propose(enrolment, organiser), by=officer)
    completion = completing.consider(enrolment.pk)

    waiving.withdraw(waiver, by=officer, reason="The paper was forged")

    (found,) = completing.contradicted()
    assert found.completion == completion
    assert [(met.kind, met.code) for met in found.lost] == [("day", "D2")]
    assert Completion.objects.get() == completion
    with pytest.raises(waiving.Decided):
        waiving.withdraw(waiver, by=officer, reason="again")


def test_a_waiver_ends_with_its_last_day_but_a_completion_in_time_stays(sessions, organiser, officer):
    last = clock.local_day() + timedelta(days=1)
    in_time, late = EnrolmentFactory(group=sessions[0].group), EnrolmentFactory(group=sessions[0].group)
    for each in (in_time, late):
        for session in sessions[2:]:
            attending.mark_many(session, [Tap(enrolment_id=each.pk, value="absent")], by=None)
        waiving.grant(propose(each, organiser, expires_on=last), by=officer)
    for session in sessions[:2]:
        attending.mark_many(session, [Tap(enrolment_id=in_time.pk, value="present")], by=None)

    with clock.standing_at(clock.now() + timedelta(days=5)):
        (standing,) = completions.standings_of([in_time.registration])
        assert [gap.kind for gap in standing.missing] == ["record"]  # met in time; nobody has written it down yet
        assert completing.consider(in_time.pk).completed_on <= last
        assert completing.consider(late.pk) is None
        sentences = missing_of(late)
    assert sentences[-1].endswith(f"A waiver for it ended on {last:%d.%m.%Y}.")


def test_training_that_was_not_accredited_needs_a_decision_number(enrolment, organiser, monkeypatch):
    gap = completions.Missing("accreditation", "M1", "expired", "council")
    monkeypatch.setattr(waiving, "open_criteria", lambda enrolment: (gap,))

    with pytest.raises(waiving.WaiverRefused, match="Give its number"):
        waiving.propose(enrolment, "accreditation", "M1", by=organiser, reason="x")


def test_a_last_day_in_the_past_is_refused(enrolment, organiser):
    with pytest.raises(waiving.WaiverRefused, match="before today"):
        propose(enrolment, organiser, expires_on=clock.local_day() - timedelta(days=1))


def picture(kind):
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "ending"),
    [(b"%PDF-1.7 \n", ".pdf"), (picture("PNG"), ".png"), (picture("JPEG"), ".jpg")],
)
def test_evidence_is_known_by_its_content_and_kept_with_its_hash(enrolment, organiser, content, ending):
    waiver = propose(enrolment, organiser, document=("diploma.exe", content))

    assert waiver.document.name.endswith(ending)
    assert (waiver.document_name, len(waiver.document_sha256)) == ("diploma.exe", 64)
    assert waiver.document.read() == content


@pytest.mark.parametrize("content", [b"<html>", b"", picture("GIF"), b"\x89PNG\r\n\x1a\nbroken"])
def test_evidence_of_another_kind_is_refused(enrolment, organiser, content):
    with pytest.raises(waiving.WrongDocument, match="neither a PDF nor"):
        propose(enrolment, organiser, document=("paper.pdf", content or b"x"))
    assert not Waiver.objects.exists()
