"""The door: what is told about a certificate, and what is never told."""

import json
from datetime import timedelta

import pytest

from certification import held, signing, verification
from certification.models import Certificate
from certification.operations import registering, reissuing, revoking
from certification.operations.revoking import Grounds
from certification.rules.validity import Standing
from certification.rules.verdicts import Verdict
from lms.kernel import clock
from tests.certification.factories import code_on_paper, commission_member, issued_certificate, licence_for, officer
from tests.certification.tampering import database_in_hand
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate():
    person = PersonFactory(given_name="Çlirim", surname="Gjergjaj")
    licence_for(person, "DEMO-1")
    return issued_certificate(person, valid_months=36)


def grounds(code="issued_in_error", **fields):
    return Grounds(reason_code=code, effective_on=clock.local_day(), **fields)


def test_by_number_alone_only_initials_are_told(certificate):
    found = verification.look_up(certificate.number)

    assert (found.standing, found.initials, found.facts, found.licence) == (Standing.VALID, "Ç. G.", None, None)
    assert found.title == "Programme " + certificate.programme_code


def test_with_the_code_from_the_paper_everything_is_told(certificate):
    found = verification.look_up(certificate.number, code_on_paper(certificate))

    assert found.facts["holder"]["printed"] == "Çlirim Gjergjaj"
    assert found.licence.number == "DEMO-1"
    assert [check.passed for check in found.checks] == [True, True]


def test_a_wrong_code_and_an_unknown_number_fail_alike(certificate, django_assert_num_queries):
    with django_assert_num_queries(1), pytest.raises(verification.NoSuchCertificate):
        verification.look_up(certificate.number, "0000000000")
    with django_assert_num_queries(1), pytest.raises(verification.NoSuchCertificate):
        verification.look_up("HZ1J652JFWKP", "0000000000")


def test_the_code_itself_is_not_in_the_database(certificate):
    code = code_on_paper(certificate)

    kept = json.dumps(certificate.facts) + certificate.access_code_hmac + bytes(certificate.facts_canonical).decode()

    assert code not in kept


def test_a_fact_changed_in_the_database_is_noticed(certificate):
    forged = bytes(certificate.facts_canonical).replace(b"Gjergjaj", b"Somebody")
    with database_in_hand():
        Certificate.objects.filter(pk=certificate.pk).update(facts_canonical=forged)

    found = verification.look_up(certificate.number)

    assert found.is_altered
    assert [check.passed for check in found.checks] == [False, False]


def test_a_copy_for_searching_that_was_changed_is_not_what_is_shown(certificate):
    facts = certificate.facts | {"holder": certificate.facts["holder"] | {"given_name": "X", "surname": "Y"}}
    with database_in_hand():
        Certificate.objects.filter(pk=certificate.pk).update(facts=facts)

    assert verification.look_up(certificate.number).initials == "Ç. G."


def test_a_seal_by_a_key_we_do_not_know_cannot_be_checked(certificate):
    with database_in_hand():
        Certificate.objects.filter(pk=certificate.pk).update(key_id="ed25519-somebody-else")

    found = verification.look_up(certificate.number)

    assert found.cannot_check
    assert not found.is_altered


def test_a_certificate_that_was_written_past_the_log_cannot_be_checked(certificate):
    with database_in_hand():
        Certificate.objects.filter(pk=certificate.pk).update(log_index=None)

    found = verification.look_up(certificate.number)

    assert found.verdict == Verdict.CANNOT_CHECK
    assert found.checks[-1] == verification.Check("logged", None)


def test_a_revoked_certificate_says_so_with_the_public_text(certificate):
    revoking.revoke(
        certificate,
        grounds(public_text={"en": "The training was not attended."}),
        by=officer("a@b.c"),
        approver=commission_member("d@e.f"),
    )

    found = verification.look_up(certificate.number)

    assert (found.standing, found.found.since) == (Standing.REVOKED, clock.local_day())
    assert found.public_text == "The training was not attended."


def test_revoked_wins_over_expired(certificate):
    revoking.revoke(certificate, grounds(), by=officer("a@b.c"), approver=commission_member("d@e.f"))
    with database_in_hand():
        Certificate.objects.update(valid_until=certificate.valid_from)

    certificate.refresh_from_db()
    standing = verification.standing_of(certificate, clock.local_day() + timedelta(days=9)).standing

    assert standing == Standing.REVOKED


def test_a_licence_that_ends_does_not_end_the_certificate(certificate):
    registering.revoke(certificate.licence, effective_on=clock.local_day(), by=None)

    found = verification.look_up(certificate.number, code_on_paper(certificate))

    assert found.standing == Standing.VALID
    assert found.licence.standing.value == "revoked"
    assert found.facts["licence"]["standing_at_completion"] == "valid"


def test_a_replaced_certificate_shows_no_other_name(certificate):
    code = code_on_paper(certificate)
    person = certificate.person
    person.surname = "Zhubi"
    person.save()
    new = reissuing.reissue(
        certificate, grounds("name_changed"), by=officer("a@b.c"), approver=commission_member("d@e.f")
    )

    old_page = verification.look_up(certificate.number, code)
    new_page = verification.look_up(new.number, code_on_paper(new))

    assert old_page.standing == Standing.SUPERSEDED
    assert "Zhubi" not in json.dumps(old_page.facts)
    assert new_page.standing == Standing.VALID
    assert "Gjergjaj" not in json.dumps(new_page.facts)
    assert new_page.first_issued_on == certificate.issued_on


def test_the_holder_sees_the_newest_of_each_award(certificate, django_assert_num_queries):
    person = certificate.person

    with django_assert_num_queries(2):
        found = held.certificates_of(person)

    assert [(each.serial, each.standing) for each in found] == [(certificate.serial, Standing.VALID)]


def test_what_another_key_signed_is_refused():
    signature = signing.sign(b"facts")

    assert signing.verify(b"facts", signature)
    assert not signing.verify(b"other facts", signature)
    with pytest.raises(signing.UnknownKey):
        signing.verify(b"facts", signing.Signature("ed25519-x", signature.value))
