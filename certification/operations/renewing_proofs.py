"""Proving anew: after the theft of a key, what it signed before is signed with the key that took its place.

The credential keeps its id, its dates and every word; only the proofs are new. What was issued stays as it was, and is
believed as before because of its place in the log; what is handed out from now on needs no such explanation.
"""

import json
import logging

import rfc8785
from django.db import IntegrityError, transaction

from certification import signing
from certification.models import Certificate, RenewedProof, SigningKey
from certification.operations import turning_keys
from lms.kernel import clock, queue

log = logging.getLogger(__name__)
CHUNK = 50


def renew() -> int:
    """Prove the next certificates anew and hand the rest to the queue. Safe to repeat; returns how many were done."""
    done = 0
    for key in SigningKey.objects.filter(purpose=signing.CREDENTIAL, state=SigningKey.State.COMPROMISED):
        for certificate in turning_keys.to_renew(key).order_by("log_index")[: CHUNK - done]:
            done += _renewed(certificate, key)
        if done >= CHUNK:
            queue.enqueue("certification.tasks.renew_proofs", group="keys")
            break
    return done


def waiting() -> int:
    """How many certificates are still to be proved anew."""
    lost = SigningKey.objects.filter(purpose=signing.CREDENTIAL, state=SigningKey.State.COMPROMISED)
    return sum(turning_keys.to_renew(key).count() for key in lost)


def _renewed(certificate: Certificate, lost: SigningKey) -> bool:
    if certificate.credential is None:
        return False
    document = json.loads(bytes(certificate.credential))
    document.pop("proof")
    secured, token = signing.signed_credential(document, created=clock.now().replace(microsecond=0))
    try:
        with transaction.atomic():
            RenewedProof.objects.create(
                certificate=certificate,
                key=SigningKey.objects.get(kid=signing.in_use(signing.CREDENTIAL).kid),
                instead_of=lost,
                credential=rfc8785.dumps(secured),
                credential_jwt=token,
                made_at=clock.now(),
            )
    except IntegrityError:
        return False  # another worker was first
    log.info("Certificate %s proved anew instead of with %s", certificate.serial, lost.kid)
    return True


def newest(certificate: Certificate) -> tuple[bytes, str]:
    """The credential to hand out, as JSON and as a token: the newest proof, or else what was issued."""
    found = certificate.renewed_proofs.exclude(key__state=SigningKey.State.COMPROMISED).order_by("made_at").last()
    row = found or certificate
    return bytes(row.credential or b""), row.credential_jwt
