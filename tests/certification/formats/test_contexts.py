"""The contexts: pinned, never fetched, the same meaning under every published copy, and nothing lost."""

import hashlib
import json
import socket
import threading
import time
from importlib.metadata import distribution

import pytest
import rfc8785
from pyld import jsonld

from certification.formats import contexts
from tests.certification.formats.samples import did_document, unsigned

pytestmark = pytest.mark.once


def bundled(package, path):
    return json.loads(distribution(package).locate_file(path).read_bytes())


def loading(copies):
    """A loader with other copies of some contexts in their place."""

    def load(url, options=None):
        found = copies.get(url)
        return {"contextUrl": None, "documentUrl": url, "document": found} if found else contexts.load(url, options)

    return load


def older_open_badges():
    """The copy of 2025-04 that wallets carry from npm: the same file without two terms."""
    document = json.loads(contexts.content(contexts.OPEN_BADGES))
    del document["@context"]["jti"], document["@context"]["endorsementJwt"]
    # The digest of that very copy in canonical form, so that this is it and not something like it.
    assert hashlib.sha256(rfc8785.dumps(document)).hexdigest() == (
        "c5e555a91a5cf48e32ae0a05674c61ddd5c053b680b5643b2f57f9965e386d99"
    )
    return document


COPIES = {
    "pyld": {contexts.CREDENTIALS: ("pyld", "pyld/documentloader/frozen/bundled/credentials-v2.jsonld")},
    "openvc-core": {contexts.CREDENTIALS: ("openvc-core", "openvc/proof/contexts/credentials-v2.json")},
}


@pytest.mark.parametrize("url", contexts.PINNED)
def test_every_context_is_the_one_that_was_pinned(url):
    assert hashlib.sha256(contexts.content(url)).hexdigest() == contexts.PINNED[url].sha256
    assert set(json.loads(contexts.content(url))) == {"@context"}


def test_a_package_with_other_bytes_is_refused_with_both_digests(monkeypatch):
    changed = contexts.Pinned("openbadgeslib", contexts.PINNED[contexts.OPEN_BADGES].path, "0" * 64)
    monkeypatch.setattr(contexts, "PINNED", {contexts.OPEN_BADGES: changed})
    contexts.content.cache_clear()

    with pytest.raises(contexts.ContextChanged, match=r"SHA-256 3d34f4d4.*, not 0000"):
        contexts.content(contexts.OPEN_BADGES)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.w3.org/ns/credentials/v2/",
        "http://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
        "https://evil.example/context.json",
        "file:///etc/passwd",
    ],
)
def test_any_other_address_is_refused_and_nothing_is_asked_for(url, monkeypatch):
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **rest: asked.append(args))

    with pytest.raises(jsonld.JsonLdError, match="not one of ours and is not fetched"):
        contexts.load(url)
    with pytest.raises(jsonld.JsonLdError):
        contexts.expand({"@context": [contexts.CREDENTIALS, url], "type": ["VerifiableCredential"]})

    assert asked == []


@pytest.mark.parametrize("package", COPIES)
def test_the_copies_of_other_packages_give_the_same_canonical_quads(package):
    copies = {url: bundled(*place) for url, place in COPIES[package].items()}

    other = contexts.Processor(loading(copies)).n_quads(unsigned(with_licence=True))

    assert other == contexts.n_quads(unsigned(with_licence=True))
    assert len(other.splitlines()) == 52


def test_the_older_open_badges_context_gives_the_same_canonical_quads():
    older = contexts.Processor(loading({contexts.OPEN_BADGES: older_open_badges()}))
    with_drifted_term = {
        "@context": [contexts.CREDENTIALS, contexts.OPEN_BADGES],
        "type": ["VerifiableCredential", "AchievementCredential"],
        "jti": "urn:uuid:1",
    }

    assert older.n_quads(unsigned()) == contexts.n_quads(unsigned())
    # A term that is not common to both is told apart, so the comparison above can fail.
    contexts.expand(with_drifted_term)
    with pytest.raises(contexts.MemberLost, match="jti"):
        older.expand(with_drifted_term)


@pytest.mark.parametrize(
    "change",
    [
        {"gradePoints": "5"},
        {"type": ["VerifiableCredential", "SomethingElse"]},
        {"id": "not an address"},
        {"id": "relative"},
        {"id": "//host/path"},
        {"id": "#fragment"},
        {"evidence": None},
        {"evidence": []},
        {"@included": [{"id": "urn:uuid:1", "type": "Achievement"}]},
        {"@context": [contexts.CREDENTIALS, contexts.OPEN_BADGES, {"gradePoints": "https://example.org/points"}]},
        {"@context": contexts.CREDENTIALS},
    ],
)
def test_what_expansion_would_leave_out_or_twist_is_refused(change):
    with pytest.raises(contexts.MemberLost):
        contexts.n_quads(unsigned() | change)


def test_a_lost_member_is_found_however_deep_it_lies():
    document = unsigned()
    document["credentialSubject"]["achievement"]["criteria"]["narativ"] = "a slip"

    with pytest.raises(contexts.MemberLost, match="narativ"):
        contexts.n_quads(document)


def test_plain_canonicalisation_signs_over_the_added_member_which_is_why_ours_is_strict():
    options = {"documentLoader": contexts.load, "algorithm": "URDNA2015", "format": "application/n-quads"}

    assert jsonld.normalize(unsigned() | {"gradePoints": "5"}, options) == jsonld.normalize(unsigned(), options)


def test_threads_use_the_processor_one_after_another():
    inside, most = [], []

    def slow(url, options=None):
        inside.append(url)
        most.append(len(inside))
        time.sleep(0.02)
        inside.remove(url)
        return contexts.load(url, options)

    processor = contexts.Processor(slow)
    document = unsigned()
    threads = [threading.Thread(target=processor.n_quads, args=(document,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1, 1]


def test_the_did_document_has_a_meaning_in_every_member():
    assert len(contexts.expand(did_document())) == 1


def test_the_hashes_that_w3c_published_for_eddsa_rdfc_2022_come_out():
    """Data Integrity EdDSA Cryptosuites 1.0, appendix B.1."""
    examples = "https://www.w3.org/ns/credentials/examples/v2"
    vocabulary = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}
    processor = contexts.Processor(loading({examples: vocabulary}))
    method = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    options = {
        "@context": [contexts.CREDENTIALS, examples],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": f"{method}#{method.removeprefix('did:key:')}",
        "proofPurpose": "assertionMethod",
    }

    hashes = [hashlib.sha256(processor.n_quads(each)).hexdigest() for each in (W3C_DOCUMENT, options)]

    assert hashes == [
        "517744132ae165a5349155bef0bb0cf2258fff99dfe1dbd914b938d775a36017",
        "bea7b7acfbad0126b135104024a5f1733e705108f42d59668b05c0c50004c6b0",
    ]


W3C_DOCUMENT = {
    "@context": [contexts.CREDENTIALS, "https://www.w3.org/ns/credentials/examples/v2"],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
