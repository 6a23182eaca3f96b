"""Verifying from the shell: one word, every check, and an exit code that a script can rely on."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from certification.operations import revoking
from certification.operations.revoking import Grounds
from certification.rules import numbering
from lms.kernel import clock
from tests.certification.credentials import proven_certificate, square_code
from tests.certification.factories import code_on_paper, commission_member, officer
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate():
    return proven_certificate(PersonFactory(given_name="Çlirim", surname="Gjergjaj"))


def verify(*arguments) -> tuple[int, str]:
    """The exit code and what was printed."""
    output = io.StringIO()
    try:
        call_command("verify", *arguments, stdout=output)
    except SystemExit as ended:
        return ended.code, output.getvalue()
    return 0, output.getvalue()


@pytest.fixture
def pdf(certificate, tmp_path):
    path = tmp_path / "certificate.pdf"
    path.write_bytes(bytes(certificate.document.content))
    return path


def test_a_valid_file_ends_with_zero_and_names_its_holder(pdf):
    code, said = verify(str(pdf))

    assert code == 0
    assert said.startswith("VALID: This certificate was issued here and holds today.\n")
    assert "  + The file is, byte by byte, the one that was issued.\n" in said
    assert "holder: Çlirim Gjergjaj" in said


def test_a_touched_file_ends_with_one(pdf):
    pdf.write_bytes(pdf.read_bytes() + b"\n")

    code, said = verify(str(pdf), "--format", "json")

    found = json.loads(said)
    assert (code, found["verdict"], found["why"], found["exit"]) == (1, "not_genuine", "other_file", 1)
    assert found["certificate"]["standing"] == "valid"


def test_a_number_is_masked_until_its_code_is_given(certificate):
    assert "holder: Ç. G." in verify(certificate.grouped_number)[1]
    assert "holder: Çlirim Gjergjaj" in verify(certificate.number, "--code", code_on_paper(certificate))[1]


def test_a_revoked_number_ends_with_one(certificate):
    grounds = Grounds(reason_code="issued_in_error", effective_on=clock.local_day())
    revoking.revoke(certificate, grounds, by=officer("a@b.c"), approver=commission_member("d@e.f"))

    code, said = verify(certificate.number)

    assert code == 1
    assert said.startswith("REVOKED: ")


def test_the_address_of_a_square_code_is_verified(certificate):
    code, said = verify(square_code(certificate))

    assert code == 0
    assert "holder: Çlirim Gjergjaj" in said


def test_what_is_not_known_ends_with_two():
    code, said = verify(numbering.with_check_symbols("HZ1J652JFW"), "--format", "json")

    assert (code, json.loads(said)["why"]) == (2, "not_found")


def test_what_is_neither_file_nor_number_is_refused_with_a_remedy():
    with pytest.raises(CommandError, match="compare it with the paper") as refused:
        call_command("verify", "certificate.pdf")

    assert refused.value.returncode == 2
