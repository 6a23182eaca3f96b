"""The verifier that a browser keeps: one page with everything in it, a worker that keeps it, and no other place to ask."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from certification.operations import publishing_lists
from tests.certification.factories import issued_certificate

pytestmark = pytest.mark.django_db
STATIC = Path(settings.BASE_DIR) / "static"


def test_there_is_no_offline_verifier_before_something_was_issued(client):
    assert client.get("/v/kit/").status_code == 404


@pytest.fixture
def issued():
    issued_certificate()
    publishing_lists.publish()


def test_the_page_may_use_the_camera_and_ask_its_own_site_only(issued, client, django_assert_num_queries):
    page = client.get("/v/kit/")

    text = page.content.decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)[1]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert page["Permissions-Policy"] == "camera=(self), microphone=(), geolocation=()"
    assert 'rel="manifest"' in text
    assert not page.cookies
    with django_assert_num_queries(0):
        client.get("/v/kit/")


def test_the_worker_keeps_every_file_the_page_needs(issued, client):
    worker = client.get("/v/kit/worker.js")
    page = client.get("/v/kit/").content.decode()

    files = json.loads(re.search(r"const FILES = (\[.*\]);", worker.content.decode())[1])
    asked = re.findall(r'(?:src|data-reader|data-decoder|href)="(/[^"]+)"', page)
    assert set(asked) <= set(files)
    assert worker["Content-Type"].startswith("text/javascript")
    assert client.get("/v/kit/app.webmanifest").json()["scope"] == "/v/kit/"
    for file in files:
        if file.startswith(settings.STATIC_URL):
            assert (STATIC / file.removeprefix(settings.STATIC_URL)).is_file()


def test_camera_only_where_codes_are_read(client):
    assert client.get("/v/")["Permissions-Policy"].startswith("camera=(self)")
    for path in ("/v/why", "/v/list", "/en/"):
        assert client.get(path)["Permissions-Policy"].startswith("camera=()")


@pytest.mark.parametrize(
    ("file", "digest"),
    [
        ("decode.js", "00e209820dcb11d624e9a03d6383e580766792b57d1651318f0a29e4e1ff0fe8"),
        ("index.js", "a0de370051f94bd74f218f74401fdf197585e3f9ef0143164f87ea941a3fdd6f"),
        ("LICENSE-MIT", "07a9f887e9215644439b808628b09f8eece932d79130ff563f958f3a1783e684"),
    ],
)
def test_the_decoder_is_the_published_one_byte_by_byte(file, digest):
    assert hashlib.sha256((STATIC / "vendor/qr" / file).read_bytes()).hexdigest() == digest
