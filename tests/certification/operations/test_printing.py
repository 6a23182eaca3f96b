"""The same award in another language: one number and code, bytes of its own, told on the public page."""

import io

import pikepdf
import pypdfium2
import pytest
from django.db import DatabaseError, transaction

from certification import held
from certification.formats import sealed_file
from certification.models import CertificatePrint
from certification.operations import examining, printing, revoking
from certification.rules.verdicts import Verdict
from lms.kernel import clock
from tests.certification.factories import code_on_paper, commission_member, issued_certificate, officer, scanned_code
from tests.factories import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder():
    return UserFactory(email="holder@example.org")


@pytest.fixture
def certificate(holder):
    return issued_certificate(PersonFactory(user=holder, given_name="Çlirim", surname="Gjergjaj"))


def page_of(content) -> str:
    return pypdfium2.PdfDocument(bytes(content))[0].get_textpage().get_text_bounded()


def test_a_print_states_the_same_award_in_other_words(certificate, holder):
    first, made = page_of(certificate.document.content), printing.print_in(certificate, "sr", by=holder)
    text = page_of(made.content)

    assert "СЕРТИФИКАТ" in text.replace(" ", "")  # its letters stand apart
    assert "CERTIFIKATË" in first.replace(" ", "")
    for same in (certificate.grouped_number, code_on_paper(certificate), "Çlirim Gjergjaj", certificate.serial):
        assert same in first
        assert same in text


def test_a_print_is_made_once_and_is_the_same_ever_after(certificate, holder):
    one, again = (printing.print_in(certificate, "en", by=each) for each in (holder, officer("archive@example.org")))

    assert (one.pk, bytes(one.content), one.sha256) == (again.pk, bytes(again.content), again.sha256)
    assert CertificatePrint.objects.get().made_by == holder


def test_a_print_carries_the_credential_and_its_proof_and_is_sealed(certificate, holder):
    content = bytes(printing.print_in(certificate, "en", by=holder).content)

    carried = sealed_file.attachments(content)

    assert carried["credential.json"] == bytes(certificate.credential)
    assert carried["credential.tlog-proof"].startswith(b"c2sp.org/tlog-proof@v1\n")
    with pikepdf.open(io.BytesIO(content)) as file:
        assert str(file.Root.Lang) == "en"
        assert len(file.pages) == 1
        assert "/Sig" in {str(field.FT) for field in file.Root.AcroForm.Fields if "/V" in field}


def test_a_print_is_known_as_an_issued_file_and_its_square_code_is_believed(certificate, holder):
    content = bytes(printing.print_in(certificate, "sr-latn", by=holder).content)

    file, code = examining.examine(content), examining.examine_address(scanned_code(content))

    assert (file.verdict, file.why) == (Verdict.VALID, "issued_file")
    assert (code.verdict, code.why) == (Verdict.VALID, "issued_code")
    assert file.found.number == certificate.number


def test_the_public_page_lists_the_documents_to_whoever_has_the_code(client, certificate, holder):
    printing.print_in(certificate, "en", by=holder)
    address = f"/v/{certificate.number}"

    with_code = client.post(f"{address}?lang=en", {"code": code_on_paper(certificate)}).content.decode()
    by_number = client.get(f"{address}?lang=en").content.decode()

    assert [each.language for each in held.documents_of(certificate.number)] == ["sq", "en"]
    assert "<dt>Documents</dt>" in with_code
    assert "<dt>Documents</dt>" not in by_number


def test_what_is_there_or_no_longer_holds_is_not_printed(certificate, holder):
    with pytest.raises(printing.PrintRefused, match="itself is in that language"):
        printing.print_in(certificate, "sq", by=holder)
    with pytest.raises(printing.PrintRefused, match="no documents in that language"):
        printing.print_in(certificate, "de", by=holder)
    grounds = revoking.Grounds("fraud", clock.local_day(), {"en": "Not earned."})
    revoking.approve(
        revoking.request(certificate, "revoked", grounds, by=officer("asks@example.org")),
        by=commission_member("second@example.org"),
    )
    with pytest.raises(printing.PrintRefused, match="no longer holds"):
        printing.print_in(certificate, "en", by=holder)


def test_a_print_is_never_changed_or_deleted(certificate, holder):
    printing.print_in(certificate, "en", by=holder)

    for attempt in (
        lambda: CertificatePrint.objects.update(sha256=""),
        lambda: CertificatePrint.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
            attempt()


def test_the_holder_asks_for_one_and_a_neighbour_gets_none(client, certificate, holder):
    asked = f"/en/certificates/{certificate.pk}/prints"
    client.force_login(UserFactory(email="neighbour@example.org"))
    neighbour = client.post(asked, {"language": "en"})
    client.force_login(holder)
    before = client.get(f"{asked}/en")
    answer = client.post(asked, {"language": "en"})
    file, again = client.get(answer.url), client.get(answer.url)

    assert (neighbour.status_code, before.status_code) == (404, 404)
    assert (answer.status_code, answer.url) == (302, f"{asked}/en")
    assert file.content == again.content == bytes(CertificatePrint.objects.get().content)
    assert file["Content-Disposition"].startswith(f'attachment; filename="{certificate.serial}-clirim-gjergjaj-en.pdf"')
    client.force_login(UserFactory(email="other@example.org"))
    assert client.get(answer.url).status_code == 404
    assert client.get("/en/certificates/").status_code == 200


def test_an_officer_prints_it_too_and_the_office_shows_who_asked(client, certificate, holder):
    client.force_login(officer("archive@example.org"))

    client.post(f"/en/certificates/{certificate.pk}/prints", {"language": "sr"})
    refused = client.post(f"/en/certificates/{certificate.pk}/prints", {"language": "sq"})
    page = client.get(f"/office/certificates/all/{certificate.pk}/").content.decode()

    assert refused.url == f"/office/certificates/all/{certificate.pk}/"
    assert "In another language: " in page
    assert CertificatePrint.objects.get().made_by.email == "archive@example.org"
