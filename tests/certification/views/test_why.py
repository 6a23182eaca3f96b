"""The page that says why a certificate can be believed, and the kit that needs nobody to."""

import io
import zipfile

import pytest
from django.urls import reverse

from certification import signing
from certification.formats import did
from certification.models import Checkpoint
from certification.operations import publishing_lists
from tests.certification.factories import completed_group, issued_batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued():
    issued_batch(completed_group(2))
    publishing_lists.publish()


def test_the_page_shows_the_log_and_the_keys_of_this_moment(issued, client):
    page = client.get(reverse("verify:why")).content.decode()

    newest = Checkpoint.objects.latest("size")
    assert newest.note.splitlines()[2] in page
    assert f"<dd>{newest.size}</dd>" in page
    assert "<dd>2</dd>" in page
    assert did.multikey(signing.signer(signing.CREDENTIAL).public) in page
    assert reverse("verify:kit") in page


def test_the_page_says_that_there_is_no_witness_as_long_as_there_is_none(issued, client):
    assert "No independent witness signs the number yet." in client.get(reverse("verify:why")).content.decode()


def test_before_anything_is_issued_there_is_no_kit(client):
    assert reverse("verify:kit") not in client.get(reverse("verify:why")).content.decode()
    assert client.get(reverse("verify:kit")).status_code == 404


def test_the_kit_is_a_download_and_the_same_for_all(issued, client, django_assert_num_queries):
    first = client.get(reverse("verify:kit"))

    assert first["Content-Type"] == "application/zip"
    assert first["Content-Disposition"].startswith('attachment; filename="deshmi-kit-')
    with zipfile.ZipFile(io.BytesIO(first.content)) as kit:
        assert "deshmi-kit/verify.html" in kit.namelist()
    with django_assert_num_queries(0):
        assert client.get(reverse("verify:kit")).content == first.content
