"""A new certificate for an award that had one: nobody's other name is told, and what was revoked stays revoked."""

import pytest

from certification import held, verification
from certification.models import Certificate, LogEntry
from certification.operations import issuing, reconciling, reissuing, revoking
from certification.operations.revoking import Grounds
from certification.rules.validity import Standing
from certification.rules.verdicts import Verdict
from lms.kernel import clock
from lms.people.operations import recording
from tests.certification.factories import code_on_paper, commission_member, issued_certificate, officer
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def two():
    return {"by": officer("asks@example.org"), "approver": commission_member("decides@example.org")}


def grounds(code, **fields):
    return Grounds(**{"reason_code": code, "effective_on": clock.local_day()} | fields)


def page(client, certificate, code=None):
    address = f"/v/{certificate.number}"
    answer = client.post(address, {"code": code}) if code else client.get(address)
    return answer.content.decode()


def test_neither_page_shows_the_other_name_and_everything_agrees(client, two, run_queue):
    person = PersonFactory(given_name="Živka", surname="Đukić", language="sr-latn")
    person.name_forms.create(language="sr", given_name="Живка", surname="Ђукић")
    old = issued_certificate(person)
    old_code = code_on_paper(old)
    recording.rename(person, given_name="Živka", surname="Mitić", father_name="", document="marriage certificate")
    asked = revoking.request(old, "superseded", grounds("name_changed", decision_number="4/2026"), by=two["by"])
    new = reissuing.approve(asked, by=two["approver"])
    run_queue()

    of_old, of_new = page(client, old, old_code), page(client, new, code_on_paper(new))

    assert "Živka Đukić" in of_old
    assert "Živka Mitić" in of_new
    for told, hidden in ((of_old, ("Mitić", new.number, new.serial)), (of_new, ("Đukić", "Ђукић", old.number))):
        assert [word for word in hidden if word in told] == []
    for told, hidden in ((page(client, old), new), (page(client, new), old)):
        assert hidden.grouped_number not in told
    assert "Ђукић" not in str(new.facts)  # nor the old name in another script
    assert "Đukić".encode() not in bytes(new.credential)
    assert (new.facts["first_issued_on"], new.facts["issued_on"]) == (old.facts["issued_on"], str(clock.local_day()))
    assert "Replaced" in of_old
    event = old.events.get(kind="superseded")
    assert (event.decision_number, event.effective_on) == ("4/2026", clock.local_day())
    assert LogEntry.objects.get(index=event.log_index).op == "supersede"
    assert [str(each) for each in reconciling.differences()] == []


def test_after_a_mistaken_revocation_the_award_is_issued_anew_and_the_old_number_tells_it(client, two, run_queue):
    old = issued_certificate(PersonFactory(given_name="Arta", surname="Kola"))
    revoking.revoke(old, grounds("evidence_withdrawn"), **two)
    person = old.person
    recording.rename(person, given_name="Arta", surname="Zhubi", father_name="", document="x")

    asked = revoking.request(old, "issued", grounds("appeal_upheld", decision_number="9/2026"), by=two["by"])
    new = reissuing.approve(asked, by=two["approver"])
    run_queue()

    told = page(client, old, code_on_paper(old))
    found = verification.look_up(old.number)
    assert (found.verdict, found.anew_on) == (Verdict.REVOKED, clock.local_day())
    assert "a new one was issued on" in told
    assert [word for word in ("Zhubi", new.number, new.grouped_number) if word in told] == []
    assert verification.look_up(new.number).verdict == Verdict.VALID
    assert (new.restores, new.supersedes, new.registration) == (old, None, old.registration)
    assert (new.issued_on, new.valid_until) == (clock.local_day(), old.valid_until)
    assert new.events.get().decision_number == "9/2026"
    assert [event.kind for event in old.events.all()] == ["issued", "revoked"]
    assert not revoking.may_be_issued_anew(old)
    assert [each.number for each in held.certificates_of(person)] == [new.number]
    assert [str(each) for each in reconciling.differences()] == []
    with pytest.raises(revoking.NotPossible):
        reissuing.issue_anew(old, grounds("appeal_upheld", decision_number="10/2026"), **two)
    seen = issuing.preflight(old.facts["completion"]["round"])
    assert [(reason.code, reason.detail) for reason in seen.issued[0].reasons] == [("already_issued", new.serial)]


def test_issuing_anew_takes_a_revocation_a_decision_and_two_people(two):
    certificate = issued_certificate()
    decided = grounds("revoked_in_error", decision_number="1/2026")

    with pytest.raises(revoking.NotPossible, match="is valid"):
        revoking.request(certificate, "issued", decided, by=two["by"])
    revoking.revoke(certificate, grounds("issued_in_error"), **two)
    with pytest.raises(revoking.ReasonMissing, match="takes a new decision"):
        revoking.request(certificate, "issued", grounds("revoked_in_error"), by=two["by"])
    asked = revoking.request(certificate, "issued", decided, by=two["by"])
    with pytest.raises(revoking.FourEyes):
        reissuing.approve(asked, by=two["by"])

    assert Certificate.objects.count() == 1
    assert verification.standing(certificate.number) is Standing.REVOKED
