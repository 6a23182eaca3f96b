"""A register file on its way through the office: read, shown, approved once, written once, also when killed."""

import pytest
from django.core.files.base import ContentFile

from certification.models import Licence, RegisterImport
from certification.operations import importing_register, registering
from certification.operations import laying_register_files as laying
from tests.certification.factories import IssuingBodyFactory
from tests.certification.operations.test_importing_register import LINE, OTHER, as_csv
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return UserFactory()


def lay(officer, *lines):
    content = ContentFile(as_csv(*lines).getvalue(), name="register.csv")
    return laying.lay(content, "register.csv", IssuingBodyFactory(), by=officer)


def people(count):
    return [
        LINE
        | {
            "licence_number": f"L-{n:03d}",
            "given_name": "Arta" + chr(97 + n),
            "personal_number": "",
            "birth_date": f"1980-03-{1 + n:02d}",
        }
        for n in range(count)
    ]


def test_a_file_is_read_shown_approved_and_written(officer, run_queue):
    laid = lay(officer, LINE, OTHER | {"status": "x"})
    run_queue()
    laid.refresh_from_db()

    assert (laid.state, laid.rows_new, laid.rows_refused, Licence.objects.count()) == ("ready", 1, 1, 0)
    assert "0000000019" not in str(list(laid.rows.values()))

    laying.approve(laid, by=officer)
    run_queue()
    laid.refresh_from_db()

    assert (laid.state, laid.rows_written, laid.written_by) == ("done", 1, officer)
    assert Licence.objects.get().events.get().recorded_by == officer


def test_the_file_with_its_personal_numbers_is_removed_at_the_end(
    officer, run_queue, django_capture_on_commit_callbacks
):
    written, cancelled = lay(officer, LINE), lay(officer, OTHER)
    paths = [laid.file.path for laid in (written, cancelled)]
    run_queue()

    laying.approve(written, by=officer)
    with django_capture_on_commit_callbacks(execute=True):
        laying.cancel(cancelled, by=officer)
    run_queue()

    with pytest.raises(ValueError, match="has no address"):
        RegisterImport._meta.get_field("file").storage.url("register")
    assert not any(RegisterImport._meta.get_field("file").storage.exists(path) for path in paths)
    assert set(RegisterImport.objects.values_list("file", flat=True)) == {""}


def test_two_clicks_write_once(officer, run_queue):
    laid = lay(officer, LINE)
    run_queue()
    laying.approve(laid, by=officer)

    with pytest.raises(laying.NotThatState):
        laying.approve(laid, by=officer)
    with pytest.raises(laying.NotThatState):
        laying.cancel(laid, by=officer)
    run_queue()

    assert Licence.objects.count() == 1


def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(officer, run_queue):
    laid = laying.lay(ContentFile(b"\x89PNG\x00\x00"), "picture.csv", IssuingBodyFactory(), by=officer)

    run_queue()

    laid.refresh_from_db()
    assert (laid.state, laid.file.name) == ("refused", "")
    assert laid.message == "The file picture.csv is neither CSV text nor an XLSX workbook. Save it as one of these."


class Killed(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize("step", ["examine", "write"])
def test_a_killed_worker_goes_on_where_it_stopped(officer, run_queue, monkeypatch, step):
    monkeypatch.setattr(importing_register.chunks_of, "__defaults__", (2,))
    laid = lay(officer, *people(7))
    if step == "write":
        run_queue()
        laying.approve(laid, by=officer)
    whole, calls = getattr(importing_register.RegisterFile, step), []

    def dies_in_the_third_chunk(self, *args, **kwargs):
        calls.append(args)
        if len(calls) == 3:
            raise Killed
        return whole(self, *args, **kwargs)

    monkeypatch.setattr(importing_register.RegisterFile, step, dies_in_the_third_chunk)
    with pytest.raises(Killed):
        (laying.read_on if step == "examine" else laying.write_on)(laid.pk)
    laid.refresh_from_db()
    assert (laid.rows_read if step == "examine" else laid.rows_handled) == 4

    assert laying.resume() == 1
    run_queue()

    laid.refresh_from_db()
    if step == "examine":
        assert (laid.state, laid.rows_new, laid.rows.count()) == ("ready", 7, 7)
    else:
        assert (laid.state, laid.rows_written, Licence.objects.count()) == ("done", 7, 7)


def test_a_long_file_is_handed_from_task_to_task(officer, run_queue, monkeypatch):
    monkeypatch.setattr(importing_register.chunks_of, "__defaults__", (2,))
    monkeypatch.setattr(laying, "TURN", -1)
    laid = lay(officer, *people(5))
    tasks = run_queue()
    laying.approve(laid, by=officer)
    tasks += run_queue()

    laid.refresh_from_db()
    assert (laid.state, Licence.objects.count()) == ("done", 5)
    assert len([task for task in tasks if task.func.endswith("_register_file")]) == 6


def test_a_second_worker_on_the_same_file_writes_nothing(officer, run_queue):
    laid = lay(officer, LINE)
    run_queue()
    laying.approve(laid, by=officer)
    run_queue()

    laying.write_on(laid.pk)
    laying.read_on(laid.pk)

    assert Licence.objects.get().events.count() == 1


def test_only_what_was_shown_is_written(officer, run_queue):
    first = lay(officer, LINE)
    run_queue()
    laying.approve(first, by=officer)
    run_queue()
    second = lay(officer, LINE | {"level": "high"})
    run_queue()
    licence = Licence.objects.get()
    registering.correct(
        licence, valid_from=licence.valid_from, valid_to=licence.valid_to, level="secondary", category="", by=officer
    )

    laying.approve(second, by=officer)
    run_queue()

    second.refresh_from_db()
    assert (second.state, second.rows_written, Licence.objects.get().level) == ("done", 0, "secondary")
    assert "was changed after this list was made" in second.rows.get().reason


def test_a_file_that_is_too_large_is_not_kept(officer, monkeypatch):
    monkeypatch.setattr(laying, "MOST_BYTES", 10)

    with pytest.raises(laying.FileTooLarge):
        lay(officer, LINE)

    assert not RegisterImport.objects.exists()
