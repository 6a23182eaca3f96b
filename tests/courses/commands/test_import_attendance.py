"""The shell command: one plain sentence, the faults with their lines, and exit code 1 when nothing was written."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from certification.models import IssuingBody, Licence
from courses.models import AttendanceMark
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
def person():
    group = GroupFactory(round=RoundFactory(code="R1", edition=EditionFactory(days=1)), code="G1")
    sessions_of(group, clock.local_day() - timedelta(days=1))
    return EnrolmentFactory(
        group=group, person=PersonFactory(reference="P-1", given_name="Arta", surname="Gashi")
    ).person


def write(tmp_path, *lines):
    path = tmp_path / "marks.csv"
    path.write_text("\n".join(["session,licence_number,person,mark", *lines]), encoding="utf-8")
    return str(path)


def run(*args):
    out, err = StringIO(), StringIO()
    call_command("import_attendance", *args, stdout=out, stderr=err)
    return out.getvalue()


def test_it_counts_what_it_wrote_and_a_second_run_writes_nothing(person, tmp_path):
    path, by = (
        write(tmp_path, "R1/G1/D1/AM,,P-1,present", "R1/G1/D1/PM,,P-1,absent"),
        UserFactory(email="who@example.org"),
    )

    assert run(path, "--by", "WHO@example.org") == "2 new, 0 changed, 0 the same\n"
    assert run(path) == "0 new, 0 changed, 2 the same\n"
    assert set(AttendanceMark.objects.values_list("recorded_by", flat=True)) == {by.pk}


def test_a_dry_run_writes_nothing(person, tmp_path):
    out = run(write(tmp_path, "R1/G1/D1/AM,,P-1,present"), "--dry-run")

    assert out == "1 new, 0 changed, 0 the same\nThis was a dry run: nothing was written.\n"
    assert not AttendanceMark.objects.exists()


def test_faults_end_with_exit_code_one_and_their_lines(person, tmp_path):
    err = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("import_attendance", write(tmp_path, "R1/G1/D1/AM,,P-7,present"), stdout=StringIO(), stderr=err)

    assert ended.value.code == 1
    assert err.getvalue() == ("Nothing was written, because marks.csv has 1 fault:\nLine 2: there is no person P-7\n")


def test_a_person_is_found_by_licence_number_and_both_must_agree(person, tmp_path):
    body = IssuingBody.objects.create(code="B", names={"en": "Council"})
    on = clock.local_day()
    Licence.objects.create(number="L-1", body=body, person=person, valid_from=on, state_from=on)
    Licence.objects.create(number="L-2", body=body, person=PersonFactory(), valid_from=on, state_from=on)
    err = StringIO()

    assert run(write(tmp_path, "R1/G1/D1/AM,L-1,,present", "R1/G1/D1/PM,L-1,P-1,present")).startswith("2 new")
    with pytest.raises(SystemExit):
        call_command("import_attendance", write(tmp_path, "R1/G1/D1/AM,L-2,P-1,absent"), stdout=StringIO(), stderr=err)
    assert "licence L-2 does not belong to person P-1" in err.getvalue()


def test_a_missing_file_and_an_unknown_user_are_said_plainly(person, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        run(str(tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="No user has the address"):
        run(write(tmp_path), "--by", "nobody@example.org")
