"""Certificates with everything that proves them: credential, place on the status list, entry in the log, sealed file."""

import hashlib
import json
from decimal import Decimal
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from certification import signing
from certification.formats import certificate as page
from certification.formats import credential, data_integrity, jose, log_leaf, qr_token
from certification.models import Certificate, CertificateDocument, LogEntry, StatusList
from certification.operations import keeping_log
from certification.rules import merkle
from lms.kernel import clock
from tests.certification.factories import code_on_paper, issued_certificate
from tests.certification.tampering import database_in_hand


def proven_certificate(person=None, **fields) -> Certificate:
    """One certificate, issued along the whole road, with its credential."""
    certificate = issued_certificate(person, **fields)
    return certificate if certificate.credential else given_a_credential(certificate)


def unsigned(certificate, index=94_567) -> dict:
    did = signing.issuer_did()
    return credential.build(
        certificate.facts,
        credential_id=f"urn:uuid:{uuid4()}",
        subject_id=f"urn:uuid:{uuid4()}",
        issuer=credential.Issuer(did, settings.SITE_URL),
        achievement_url=f"{settings.SITE_URL}/achievements/{certificate.programme_code}",
        status=credential.StatusEntry(f"{settings.SITE_URL}/status/1", index),
    )


@transaction.atomic
def given_a_credential(certificate, *, logged=True) -> Certificate:
    """``certificate`` as somebody with the database and the keys in hand could write it; ``logged``: in the log too."""
    signer, places = signing.signer(signing.CREDENTIAL), StatusList.objects.get_or_create(number=1)[0]
    index = certificate.pk.int % credential.STATUS_LIST_SIZE
    document = unsigned(certificate, index)
    secured = data_integrity.secure(document, signer, created=clock.now())
    salt, place, proof = log_leaf.new_salt(), None, ""
    if logged:
        log = keeping_log.Appending()
        place = log.append("issue", at=certificate.issued_at, salt=salt, content=secured, certificate=certificate)
        log.close()
        proof = log.proof(place, salt)
    code = code_on_paper(certificate)
    raw = json.dumps(secured, ensure_ascii=False).encode()
    carried = {"credential.json": raw, "credential.tlog-proof": proof.encode()}
    content = page.render(
        certificate.facts,
        digest=certificate.facts_sha256,
        code=code,
        site_url=settings.SITE_URL,
        attachments={name: content for name, content in carried.items() if content},
    )
    with database_in_hand():
        Certificate.objects.filter(pk=certificate.pk).update(
            credential=raw,
            credential_jwt=jose.sign(document, signer),
            credential_id=document["id"],
            status_list=places,
            status_index=index,
            salt=salt,
            log_index=place,
        )
        digest = hashlib.sha256(content).hexdigest()
        CertificateDocument.objects.filter(certificate=certificate).update(
            content=content, sha256=digest, size=len(content)
        )
    return Certificate.objects.get(pk=certificate.pk)


def log_entry_changed(certificate) -> None:
    """The entry of its issue says something else, with a hash that fits."""
    entry = log_leaf.entry("issue", at=certificate.issued_at, salt=log_leaf.new_salt(), content={"another": "one"})
    with database_in_hand():
        LogEntry.objects.filter(pk=certificate.log_index).update(entry=entry, leaf_hash=merkle.leaf_hash(entry))


def square_code(certificate, site="https://deshmi.example", **changes) -> str:
    """The address in the square code on paper, signed with the issuing key."""
    claims = {
        "number": certificate.number,
        "name": certificate.facts["holder"]["printed"],
        "course": certificate.programme_code,
        "hours": Decimal(certificate.facts["programme"]["hours"]),
        "valid_from": certificate.valid_from,
        "valid_until": certificate.valid_until,
        "status_list": certificate.status_list_id,
        "index": certificate.status_index,
    }
    token = qr_token.issue(qr_token.Claims(**claims | changes), signing.signer(signing.CREDENTIAL))
    return qr_token.address(site, token)
