"""The square code on paper: scanned from a bad copy it proves itself, to our page and to whoever has no network."""

import pytest
from django.conf import settings

from certification import signing
from certification.formats import qr_token
from certification.operations import crediting, examining
from certification.rules.verdicts import Verdict
from tests.certification.factories import code_on_paper, issued_certificate, scanned_code
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("given_name", "surname"),
    [
        ("Çlirim", "Gjergjaj"),
        ("Александра", "Хаџи-Поповић Константиновић"),
        ("Wilhelmina-Alexandrina von", "Hohenstaufen-Bytyçi e Gjergjaj-Krasniqi Šćepanović"),
    ],
    ids=["Latin", "Cyrillic", "77 letters"],
)
def test_the_code_on_the_issued_page_is_read_from_a_bad_scan_and_is_believed(given_name, surname):
    certificate = issued_certificate(PersonFactory(given_name=given_name, surname=surname))

    address = scanned_code(bytes(certificate.document.content))
    examined = examining.examine_address(address)

    assert address.startswith(f"{settings.SITE_URL}/v/{certificate.number}#")
    assert len(address) <= qr_token.LONGEST_ADDRESS
    assert (examined.verdict, examined.why) == (Verdict.VALID, "issued_code")
    assert examined.found.facts["holder"]["printed"] == f"{given_name} {surname}"


def test_the_code_on_paper_holds_neither_the_access_code_nor_anything_a_server_would_log():
    certificate = issued_certificate()

    path, _mark, token = scanned_code(bytes(certificate.document.content)).partition("#")

    assert path == f"{settings.SITE_URL}/v/{certificate.number}"
    assert code_on_paper(certificate).replace("-", "") not in token


def test_the_course_is_stated_by_its_title_while_the_code_stays_coarse():
    facts = dict(issued_certificate().facts)
    short, long = (
        {**facts, "programme": {**facts["programme"], "titles": {"sq": title}}} for title in ("Etika", "E" * 200)
    )
    keys = {name.rpartition("#")[2]: public for name, public in signing.public_keys(signing.CREDENTIAL).items()}

    stated = [
        qr_token.read_address(crediting.square_code(each, (1, 7)).replace("http://", "https://"), keys)[1].claims.course
        for each in (short, long)
    ]

    assert stated == ["Etika", facts["programme"]["code"]]


def test_where_even_the_name_is_too_long_for_paper_the_address_stands_alone():
    facts = dict(issued_certificate().facts)
    facts["holder"] = {**facts["holder"], "printed": "Љ" * 125}

    assert crediting.square_code(facts, (1, 7)) == f"{settings.SITE_URL}/v/{facts['number']}"
