"""Certificates on paper: what a file enters, what it does not, and that a second run enters nothing."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from certification.models import PaperCertificate, RegisterImport
from certification.operations import importing_papers, keeping_papers
from certification.operations import laying_register_files as laying
from lms.kernel.spreadsheets import write_csv
from tests.certification.factories import licence_for, officer
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db

LINE = {
    "series": "A",
    "number": "0012",
    "year": "2019",
    "holder": "Arta Gashi",
    "award": "Punë sociale me familje",
    "issued_on": "3.5.2019",
    "checked_by": "Besa Hoxha, archivist",
    "checked_on": "2026-10-01",
    "checked_against": "register book 2019, page 4",
}


def as_csv(*lines):
    header = list(importing_papers.COLUMNS)
    rows = ([line.get(column, "") for column in header] for line in lines)
    return "".join(write_csv(header, rows)).encode()


def run(tmp_path, *lines, **options):
    path, out = tmp_path / "papers.csv", io.StringIO()
    path.write_bytes(as_csv(*lines))
    call_command("import_certificates", str(path), stdout=out, **options)
    return out.getvalue()


def test_the_same_number_in_another_series_and_year_is_another_paper_and_a_second_run_enters_nothing(tmp_path):
    lines = [LINE, LINE | {"series": "B"}, LINE | {"year": "2020", "issued_on": "2020-05-03"}]

    dry = run(tmp_path, *lines, dry_run=True)
    none_yet = PaperCertificate.objects.count()
    first, second = run(tmp_path, *lines), run(tmp_path, *lines)

    assert "Would enter: 3 new, 0 same, 0 refused" in dry
    assert none_yet == 0
    assert "Entered: 3 new" in first
    assert "Entered: 0 new, 3 same" in second
    assert PaperCertificate.objects.get(series="B").label == "B 0012/2019"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"issued_on": "31.2.2019"}, "is no date"),
        ({"checked_on": "2018-01-01"}, "is before issued_on"),
        ({"checked_by": ""}, "checked_by is empty"),
        ({"year": "1619"}, "is no year"),
        ({"number": "---"}, "neither letters nor digits"),
        ({"person": "P-NOBODY00"}, "Nobody has the person reference"),
        ({"valid_until": "2018-01-01"}, "is before issued_on"),
        ({"issued_on": "2999-01-01", "year": "2019"}, "lies ahead"),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_the_reason(tmp_path, changed, why):
    said = run(tmp_path, LINE | {"number": "77"}, LINE | changed)

    assert why in said
    assert "1 new, 0 same, 1 refused" in said


def test_a_paper_that_is_there_twice_or_with_other_values_is_refused(tmp_path):
    run(tmp_path, LINE)

    assert "name the same series, number and year" in run(tmp_path, LINE, LINE | {"number": "12", "holder": "X Y"})
    assert "was entered before with other values (holder)" in run(tmp_path, LINE | {"holder": "Arta Zhubi"})
    assert PaperCertificate.objects.get().holder == "Arta Gashi"


def test_the_holder_is_found_by_licence_and_another_name_is_remarked(tmp_path):
    person = PersonFactory(given_name="Arta", surname="Zhubi")
    licence_for(person, "L-9")

    said = run(tmp_path, LINE | {"licence_number": "L-9"}, LINE | {"number": "13", "licence_number": "L-0"})

    assert "is recorded as Arta Zhubi" in said
    assert "No licence L-0 is on record" in said
    assert [paper.person for paper in PaperCertificate.objects.order_by("number_key")] == [person, None]


def test_a_command_ends_with_one_sentence_when_the_file_cannot_be_read(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("number,colour\n1,red\n")

    with pytest.raises(CommandError, match="unknown columns: colour"):
        call_command("import_certificates", str(path))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_certificates", str(tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="Nobody signs in as"):
        call_command("import_certificates", str(path), by="x@example.org")


def test_a_file_laid_in_the_office_is_shown_and_then_entered(run_queue):
    by = officer()
    content = ContentFile(as_csv(LINE, LINE | {"number": "13", "year": "x"}), name="papers.csv")
    laid = laying.lay(content, "papers.csv", None, kind=RegisterImport.Kind.PAPERS, by=by)
    run_queue()
    laid.refresh_from_db()
    shown = (laid.state, laid.rows_new, laid.rows_refused, PaperCertificate.objects.count())
    laying.approve(laid, by=by)
    run_queue()
    laid.refresh_from_db()

    assert shown == ("ready", 1, 1, 0)
    assert (laid.state, laid.rows_written) == ("done", 1)
    assert PaperCertificate.objects.get().entered_by == by


def test_an_entry_is_never_changed_but_can_be_taken_back_and_entered_anew(tmp_path):
    run(tmp_path, LINE)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaperCertificate.objects.update(holder="Somebody Else")
    with pytest.raises(IntegrityError), transaction.atomic():
        PaperCertificate.objects.all().delete()

    keeping_papers.withdraw(PaperCertificate.objects.get(), reason="Read wrongly", by=officer())
    with pytest.raises(keeping_papers.WithdrawnAlready):
        keeping_papers.withdraw(PaperCertificate.objects.get(), reason="Again", by=officer("b@example.org"))

    assert "Entered: 1 new" in run(tmp_path, LINE | {"holder": "Arta Zhubi"})
    assert PaperCertificate.objects.count() == 2
