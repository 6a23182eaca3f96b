"""import_register from the shell."""

import io

import pytest
from django.core.management import CommandError, call_command

from certification.models import Licence
from tests.certification.factories import IssuingBodyFactory
from tests.certification.operations.test_importing_register import LINE, OTHER, as_csv
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    IssuingBodyFactory()
    path = tmp_path / "register.csv"
    path.write_bytes(as_csv(LINE, OTHER, OTHER | {"licence_number": "L-3", "status": "x"}).getvalue())
    return path


def said(*args, **options) -> list[str]:
    out = io.StringIO()
    call_command("import_register", *args, stdout=out, **options)
    return out.getvalue().splitlines()


def test_the_difference_is_shown_and_written_with_progress(file):
    user = UserFactory()

    lines = said(file, by=user.email)

    assert lines[0] == "line 2: new L-1"
    assert lines[2].startswith("line 4: refused L-3 – status “x” is not known.")
    assert lines[3:] == [
        "3/3 new 2 changed 0 same 0 refused 1",
        "Written: 2 new, 0 changed, 0 same, 1 refused (0 with a remark)",
    ]
    assert Licence.objects.first().events.get().recorded_by == user


def test_a_dry_run_says_so_and_writes_nothing(file):
    assert said(file, dry_run=True)[-1] == "Would write: 2 new, 0 changed, 0 same, 1 refused (0 with a remark)"
    assert not Licence.objects.exists()


def test_the_second_run_changes_nothing(file):
    said(file)

    assert said(file)[-1] == "Written: 0 new, 0 changed, 2 same, 1 refused (0 with a remark)"


def test_changes_are_shown_and_the_personal_number_is_not(file):
    said(file)
    file.write_bytes(as_csv(LINE | {"level": "high", "personal_number": "0000000035"}).getvalue())

    lines = said(file)

    assert lines[0] == "line 2: changed L-1 personal_number: changed; level: basic → high"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x00\x01\x02\x03", "neither CSV text nor an XLSX workbook"),
        (b"PK\x03\x04 no archive", "not a workbook that can be read"),
        (b"", "is empty"),
        (b"licence_number,town\n", "unknown columns: town"),
    ],
)
def test_an_unreadable_file_is_one_plain_sentence(file, content, message):
    file.write_bytes(content)

    with pytest.raises(CommandError, match=message) as refused:
        said(file)

    assert refused.value.returncode == 1


def test_a_missing_file_body_or_user_is_named(file, tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        said(tmp_path / "none.csv")
    with pytest.raises(CommandError, match="there are: COUNCIL"):
        said(file, body="X")
    with pytest.raises(CommandError, match=r"No user has the address x@example\.org"):
        said(file, by="x@example.org")
    IssuingBodyFactory(code="OTHER")
    with pytest.raises(CommandError, match="--body CODE"):
        said(file)
