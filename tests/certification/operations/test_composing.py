"""Templates: drafted by one, approved by another, never changed after; and no issued byte moves with them."""

import io
import itertools
import json
from datetime import timedelta

import pikepdf
import pypdfium2
import pytest
from django.db import DatabaseError, connection, transaction

from certification.formats import log_leaf
from certification.models import Certificate, LogEntry, Signatory, TemplateVersion
from certification.operations import approving, composing, issuing
from certification.rules.look import BUILT_IN
from lms.kernel import clock
from tests.certification.factories import (
    SignatoryFactory,
    commission_member,
    completed_group,
    issued_batch,
    officer,
)
from tests.certification.formats.test_pictures import picture

pytestmark = pytest.mark.django_db

RED = "#7a1020"
_names = itertools.count()


def issued() -> Certificate:
    """One more certificate, asked for and approved by people of its own."""
    number = next(_names)
    asking, deciding = officer(f"asks{number}@example.org"), commission_member(f"decides{number}@example.org")
    return issued_batch(completed_group(1), by=asking, approver=deciding).certificates.get()


def approved(programme="", *, from_on=None, by=None, **composed) -> TemplateVersion:
    """A version on its whole road."""
    number = next(_names)
    author = by or officer(f"author{number}@example.org")
    version = composing.change(composing.begin(programme, by=author), composed, by=author)
    return composing.approve(
        composing.ask(version),
        from_on=from_on or clock.local_day(),
        by=commission_member(f"approves{number}@example.org"),
    )


def by_sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def page_of(certificate) -> str:
    return pypdfium2.PdfDocument(bytes(certificate.document.content))[0].get_textpage().get_text_bounded()


def test_a_certificate_is_printed_with_the_template_in_use_and_names_it():
    version = approved(texts={"note": {"sq": "Ligji nr. 04/L-081"}}, accent=RED)

    certificate = issued()

    assert certificate.facts["template_version"] == {"name": "certificate-2", "number": 1, "sha256": version.sha256}
    assert b'"template_version"' in bytes(certificate.facts_canonical)
    assert "Ligji nr. 04/L-081" in page_of(certificate)


def test_without_a_template_the_built_in_look_is_named():
    assert issued().facts["template_version"] == {
        "name": "certificate-2",
        "number": 0,
        "sha256": BUILT_IN.sha256,
    }


def test_changing_the_template_changes_no_issued_byte():
    approved(texts={"note": {"sq": "E para"}})
    certificate = issued()
    before = (bytes(certificate.document.content), bytes(certificate.facts_canonical), certificate.document.sha256)

    approved(texts={"note": {"sq": "E dyta"}}, accent=RED)
    now = Certificate.objects.get(pk=certificate.pk)

    assert (bytes(now.document.content), bytes(now.facts_canonical), now.document.sha256) == before
    assert "E dyta" in page_of(issued())


def test_the_programmes_own_template_goes_before_that_of_all_and_none_before_its_day():
    today = clock.local_day()
    general, own = approved(accent="#111111"), approved("REF", accent="#222222")
    approved("REF", from_on=today + timedelta(days=1), accent="#333333")

    used = [composing.in_use(code, day).named["sha256"] for code, day in (("REF", today), ("OTHER", today))]

    assert used == [own.sha256, general.sha256]
    assert composing.in_use("REF", today - timedelta(days=1)).named["number"] == 0
    assert composing.in_use("REF", today + timedelta(days=1)).named["number"] == 2


def test_pictures_stand_on_the_page_and_a_signature_is_called_a_picture():
    signatory = SignatoryFactory()
    logo, signature = picture(size=(60, 40)), picture(size=(80, 30), colour=(0, 0, 90, 255))
    approved(logo=logo, seal=logo, first_signatory_id=signatory.pk, first_signature=signature)

    content = bytes(issued().document.content)

    with pikepdf.open(io.BytesIO(content)) as file:
        assert len(file.pages) == 1
        said = [
            str(each.get("/Alt")) for each in file.objects if isinstance(each, pikepdf.Dictionary) and "/Alt" in each
        ]
    assert "Figura e nënshkrimit: Drita Llugaxhiu" in said
    assert {"Logoja e lëshuesit", "Figura e vulës"} <= set(said)


def test_nobody_approves_what_they_composed_and_nothing_is_approved_for_the_past():
    author = officer()
    version = composing.ask(composing.begin(by=author))

    with pytest.raises(composing.FourEyes, match="somebody else approves"):
        composing.approve(version, from_on=clock.local_day(), by=author)
    with pytest.raises(composing.ComposingRefused, match="from today or a later day"):
        composing.approve(version, from_on=clock.local_day() - timedelta(days=1), by=commission_member())
    with pytest.raises(DatabaseError), transaction.atomic():
        TemplateVersion.objects.filter(pk=version.pk).update(
            state="approved", sha256="0", approved_by=author, approved_at=clock.now(), from_on=clock.local_day()
        )


def test_only_a_draft_is_changed_and_what_waits_can_be_sent_back():
    author = officer()
    version = composing.ask(composing.begin(by=author))

    with pytest.raises(composing.NotADraft, match="waiting for approval and stays as it is"):
        composing.change(version, {"accent": RED}, by=author)
    composing.change(composing.send_back(version), {"accent": RED}, by=author)

    assert TemplateVersion.objects.get().accent == RED


def test_an_approved_version_is_kept_by_the_database_and_a_draft_is_not():
    version = approved()
    draft = composing.begin(like=version, by=officer("next@example.org"))

    for statement in (
        "UPDATE certification_templateversion SET accent = '#000000'",
        "DELETE FROM certification_templateversion",
    ):
        with pytest.raises(DatabaseError, match="what was issued is never changed"), transaction.atomic():
            by_sql(f"{statement} WHERE id = {version.pk}")
    composing.remove(draft)

    assert (draft.number, list(TemplateVersion.objects.all())) == (2, [version])


def test_the_log_holds_an_entry_that_opens_to_the_template():
    version = approved()

    entry = LogEntry.objects.get(index=version.log_index)

    assert entry.op == "template"
    assert log_leaf.parse(bytes(entry.entry)).is_opened_by(bytes(entry.salt), composing.log_content(version))
    assert json.loads(bytes(entry.entry))["op"] == "template"


def test_whom_the_template_names_signs_and_after_their_last_day_nobody_issues_with_it():
    today = clock.local_day()
    chair = SignatoryFactory()
    deputy = SignatoryFactory(name="Arben Hoxha", position=2)
    approved(first_signatory_id=deputy.pk)

    assert [each["name"] for each in approving.terms_of_today().signatories] == ["Arben Hoxha"]

    Signatory.objects.filter(pk=deputy.pk).update(until_on=today - timedelta(days=1))
    with pytest.raises(issuing.NoIssuer, match="Begin a new version of the template"):
        approving.terms_of_today()
    assert chair.until_on is None


def test_a_change_of_signatory_between_approval_and_print_makes_the_approval_invalid():
    deputy = SignatoryFactory(name="Arben Hoxha")
    approved(first_signatory_id=deputy.pk)
    group = completed_group(1)
    batch = issuing.request(group.round.code, by=officer())
    issuing.approve(batch, by=commission_member(), through_queue=False)

    Signatory.objects.filter(pk=deputy.pk).update(until_on=clock.local_day() - timedelta(days=1))
    issuing.issue_rows(batch.pk, issuing.waiting_rows(batch))

    row = batch.rows.get()
    assert (row.state, row.error_code) == ("failed", "signatory_changed")
    assert Certificate.objects.count() == 0


def test_a_new_template_after_the_approval_does_not_change_what_was_approved():
    first = approved(accent="#111111")
    SignatoryFactory()
    batch = issuing.request(completed_group(1).round.code, by=officer())
    issuing.approve(batch, by=commission_member(), through_queue=False)

    approved(accent="#222222")
    issuing.issue_rows(batch.pk, issuing.waiting_rows(batch))

    assert Certificate.objects.get().facts["template_version"]["sha256"] == first.sha256


def test_a_template_costs_no_question_for_each_certificate(django_assert_max_num_queries):
    version = approved(accent=RED)
    composing.look.cache_clear()

    with django_assert_max_num_queries(1):
        assert [composing.look(version.sha256).accent for _certificate in range(3)] == [RED] * 3


def test_a_hash_that_no_template_has_is_refused_rather_than_printed_otherwise():
    with pytest.raises(LookupError, match="No approved template looks as"):
        composing.look("0" * 64)
