"""Merging two entries of one person: everything moves, names stay, and it can be split again."""

from datetime import date

import pytest

from certification import held, verification
from certification.models import Certificate, ReviewCase
from lms.people.operations import merging
from tests.certification.factories import issued_certificate, licence_for
from tests.factories import EditionFactory, EnrolmentFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_certificates_move_with_the_name_that_is_printed_and_can_move_back():
    survivor, other = (
        PersonFactory(surname="Zhubi"),
        PersonFactory(given_name="Arta", surname="Gashi", user=UserFactory()),
    )
    account, by = other.user, UserFactory()
    licence = licence_for(other, "L-5")
    certificate = issued_certificate(other)
    sealed = bytes(certificate.facts_canonical)

    done = merging.merge(survivor, other, reason="Same identity card", by=by)
    certificate.refresh_from_db()
    licence.refresh_from_db()
    survivor.refresh_from_db()

    assert (certificate.person, licence.person, survivor.user) == (survivor, survivor, account)
    assert (certificate.facts["holder"]["printed"], bytes(certificate.facts_canonical)) == ("Arta Gashi", sealed)
    assert verification.look_up(certificate.number).initials == "A. G."
    assert [each.number for each in held.certificates_of(survivor)] == [certificate.number]
    assert [*Certificate.objects.printed_as("gashi")] == [certificate]
    assert ReviewCase.objects.get().cause == "merge"

    merging.split(done, by=by)
    other.refresh_from_db()

    assert Certificate.objects.get().person == other
    assert other.user == account
    with pytest.raises(merging.MergeRefused, match="split again already"):
        merging.split(done, by=by)


def test_two_who_cannot_be_one_are_refused():
    by, edition = UserFactory(), EditionFactory()
    born, later = PersonFactory(birth_date=date(1980, 1, 1)), PersonFactory(birth_date=date(1981, 1, 1))
    both = [EnrolmentFactory(edition=edition).person for _number in range(2)]

    for survivor, absorbed, why in (
        (born, later, "different dates of birth"),
        (born, born, "two different persons"),
        (*both, "what one person has once|one person has once"),
    ):
        with pytest.raises(merging.MergeRefused, match=why):
            merging.merge(survivor, absorbed, reason="x", by=by)
