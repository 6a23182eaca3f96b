"""Reissuing: a new certificate for an award that had one, which stays findable and ends or has ended.

Either the name was corrected or changed, and the new one takes the old one's place; or the old one was revoked by
mistake, and a new decision gives the award back. It is the same award: course, days, hours and validity are those of
the old one, and the first date of issue stays on it beside the new date. Neither page shows the other's name.
"""

from dataclasses import dataclass, replace
from typing import cast
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from certification.formats.facts import Sealed, Terms, seal
from certification.models import ActRequest, Certificate, CertificateEvent
from certification.operations import crediting, issuing, publishing_lists, revoking
from certification.operations.crediting import Credited
from certification.operations.judging import holder_of, problems_of_name
from certification.operations.keeping_log import Appending
from certification.operations.revoking import Grounds
from certification.rules import numbering
from certification.rules.look import LAYOUT
from lms.kernel import clock, queue
from lms.kernel.pdf import Drawn
from lms.people.models import Person


class NothingChanged(revoking.ActRefused):
    """The name on record is the one that is already printed."""


class NameNotPrintable(revoking.ActRefused):
    """The name on record has characters that cannot be printed."""


@dataclass(frozen=True)
class _Drawn:
    """A certificate made but not yet in the register."""

    sealed: Sealed
    credited: Credited
    page: Drawn
    code: str


def reissue(certificate: Certificate, grounds: Grounds, *, by, approver) -> Certificate:
    """A new certificate with the name that is on record now, in place of ``certificate``, from today.

    The page is drawn first; then, under the lock, the old one is ended and the new one written.
    """
    _refuse_alone(by, approver)
    refuse_unless_name_changed(certificate)
    made = _draw(certificate)
    with transaction.atomic():
        old = revoking.locked(certificate)
        revoking.refuse_unless_possible(old, CertificateEvent.Kind.SUPERSEDED)
        old.ended_at = clock.now()
        old.save(update_fields=["ended_at"])
        log = Appending()
        today = replace(grounds, effective_on=clock.local_day())
        revoking.append(old, CertificateEvent.Kind.SUPERSEDED, today, log, by=by, approver=approver)
        new = _record(old, made, grounds, log, by=by, approver=approver, supersedes=old)
        publishing_lists.changed(old)
    return new


def issue_anew(certificate: Certificate, grounds: Grounds, *, by, approver) -> Certificate:
    """A new certificate for the award of ``certificate``, which was revoked by mistake and stays revoked.

    A bit that somebody has read as revoked is never taken back (W3C Bitstring Status List, 2.1), so the award gets
    another number. Raises NotPossible when there is one already, or when it was not revoked.
    """
    _refuse_alone(by, approver)
    refuse_unless_printable(certificate)
    made = _draw(certificate)
    with transaction.atomic():
        old = revoking.locked(certificate)
        revoking.refuse_unless_possible(old, CertificateEvent.Kind.ISSUED)
        return _record(old, made, grounds, Appending(), by=by, approver=approver, restores=old)


def approve(asked: ActRequest, *, by) -> Certificate:
    """Do what was asked for with ``revoking.request(certificate, "superseded" or "issued", …)``."""
    with transaction.atomic():
        asked = revoking.take_up(asked, by=by)
        revoking.close_review(asked, by=by)
        make = issue_anew if asked.kind == CertificateEvent.Kind.ISSUED else reissue
        return make(asked.certificate, revoking.grounds_of(asked), by=asked.requested_by, approver=by)


def refuse_unless_name_changed(certificate: Certificate) -> None:
    """Raises NothingChanged or NameNotPrintable; call it when asking, so that it is said early."""
    if name_on_record(certificate) == certificate.facts["holder"]["printed"]:
        raise NothingChanged(
            _("The name on record is the one already printed. Correct the person's name first, then replace.")
        )
    refuse_unless_printable(certificate)


def refuse_unless_printable(certificate: Certificate) -> None:
    if problems_of_name(name_on_record(certificate)):
        raise NameNotPrintable(_("The name on record cannot be printed as it is. Correct it first."))


def name_on_record(certificate: Certificate) -> str:
    """The holder's name as a certificate of today would print it."""
    return _holder(certificate).printed


def _refuse_alone(by, approver) -> None:
    if by.pk == approver.pk:
        raise revoking.FourEyes(_("Nobody decides alone on a certificate: somebody else must approve."))


def _draw(certificate: Certificate) -> _Drawn:
    terms = issuing.terms_of_today(certificate.programme_code)
    code = numbering.new_access_code()
    with transaction.atomic():  # in its own, short step: gaps are allowed, waiting for a page to be drawn is not
        serial = issuing.next_serials(certificate.programme_code, terms.issued_on.year, 1)[0]
    sealed = _facts(certificate, terms, serial)
    credited = crediting.credit(sealed.facts, crediting.places(1)[0])
    return _Drawn(sealed, credited, issuing.draw(sealed, credited, code), code)


def _record(
    old: Certificate, made: _Drawn, grounds: Grounds, log: Appending, *, by, approver, **link: Certificate
) -> Certificate:
    """Write the new certificate with its ``link`` to the old one, its entry in the log and its document."""
    if made.credited.key != crediting.key_in_use():
        raise issuing.IssuingError(_("The key was changed in this very moment; try again."))
    new = issuing.record(
        made.sealed,
        made.credited,
        log,
        code=made.code,
        person_id=cast(int, old.person_id),  # only erased ones have no holder
        licence_id=old.licence_id,
        actor=by,
        approver=approver,
        grounds=grounds,
        renews=old.renews,
        **link,
    )
    log.close()
    issuing.record_document(new, made.credited, made.page, log)
    queue.enqueue("certification.tasks.tell_holders", [str(new.pk)], group="certificates")
    return new


def _holder(certificate: Certificate):
    return holder_of(Person.objects.prefetch_related("name_forms").get(pk=cast(int, certificate.person_id)))


def _facts(certificate: Certificate, terms: Terms, serial: str) -> Sealed:
    """The old facts with today's name, signatories and numbers; what was earned and its dates stay."""
    holder = _holder(certificate)
    facts = dict(certificate.facts)
    facts |= {
        "template": LAYOUT,
        "template_version": dict(terms.template),
        "id": str(uuid4()),
        "number": numbering.new_number(),
        "serial": serial,
        "language": holder.language,
        "holder": {
            "person": holder.reference,
            "given_name": holder.given_name,
            "surname": holder.surname,
            "father_name": holder.father_name,
            "printed": holder.printed,
            "forms": [dict(form) for form in holder.forms],
        },
        "issuer": dict(terms.issuer),
        "signatories": [dict(each) for each in terms.signatories],
        "issued_on": terms.issued_on.isoformat(),
    }
    return seal(facts)
