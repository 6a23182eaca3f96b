"""Reissuing: a certificate with a corrected or changed name takes the place of the old one, which stays findable.

It is the same award: course, days, hours and validity are those of the old one, and the first date of issue stays on
it beside the new date. Neither page shows the other's name.
"""

from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from certification.formats import certificate as document
from certification.formats.facts import Sealed, Terms, seal
from certification.models import ActRequest, Certificate, CertificateEvent
from certification.operations import crediting, issuing, publishing_lists, revoking
from certification.operations.judging import holder_of, problems_of_name
from certification.operations.keeping_log import Appending
from certification.operations.revoking import Grounds
from certification.rules import numbering
from lms.kernel import clock, queue
from lms.people.models import Person


class NothingChanged(revoking.ActRefused):
    """The name on record is the one that is already printed."""


class NameNotPrintable(revoking.ActRefused):
    """The name on record has characters that cannot be printed."""


def reissue(certificate: Certificate, grounds: Grounds, *, by, approver) -> Certificate:
    """A new certificate with the name that is on record now, in place of ``certificate``.

    The page is drawn first; then, under the lock, the old one is ended and the new one written.
    """
    if by.pk == approver.pk:
        raise revoking.FourEyes(_("Nobody decides alone on a certificate: somebody else must approve."))
    refuse_unless_name_changed(certificate)
    terms = issuing.terms_of_today()
    code = numbering.new_access_code()
    with transaction.atomic():  # in its own, short step: gaps are allowed, waiting for a page to be drawn is not
        serial = issuing.next_serials(certificate.programme_code, terms.issued_on.year, 1)[0]
    sealed = _facts(certificate, terms, serial)
    credited = crediting.credit(sealed.facts, crediting.places(1)[0])
    page = issuing.draw(sealed, credited, code)
    with transaction.atomic():
        old = revoking.locked(certificate)
        revoking.refuse_unless_possible(old, CertificateEvent.Kind.SUPERSEDED)
        old.ended_at = clock.now()
        old.save(update_fields=["ended_at"])
        log = Appending()
        if not credited.is_of_key_in_use():
            raise issuing.IssuingError(_("The key was changed in this very moment; try again."))
        revoking.append(old, CertificateEvent.Kind.SUPERSEDED, grounds, log, by=by, approver=approver)
        new = issuing.record(
            sealed,
            credited,
            log,
            code=code,
            person_id=old.person_id,
            licence_id=old.licence_id,
            actor=by,
            approver=approver,
            supersedes=old,
            reason_code=grounds.reason_code,
        )
        log.close()
        issuing.record_document(new, credited, page, log)
        publishing_lists.changed(old)
        queue.enqueue("certification.tasks.tell_holders", [str(new.pk)], group="certificates")
    return new


def approve(asked: ActRequest, *, by) -> Certificate:
    """Do what was asked for with ``revoking.request(certificate, "superseded", …)``."""
    with transaction.atomic():
        asked = revoking.take_up(asked, by=by)
        return reissue(asked.certificate, revoking.grounds_of(asked), by=asked.requested_by, approver=by)


def refuse_unless_name_changed(certificate: Certificate) -> None:
    """Raises NothingChanged or NameNotPrintable; call it when asking, so that it is said early."""
    holder = _holder(certificate)
    if holder.printed == certificate.facts["holder"]["printed"]:
        raise NothingChanged(
            _("The name on record is the one already printed. Correct the person's name first, then replace.")
        )
    if problems_of_name(holder.printed):
        raise NameNotPrintable(_("The name on record cannot be printed as it is. Correct it first."))


def _holder(certificate: Certificate):
    return holder_of(Person.objects.prefetch_related("name_forms").get(pk=certificate.person_id))


def _facts(certificate: Certificate, terms: Terms, serial: str) -> Sealed:
    """The old facts with today's name, signatories and numbers; what was earned and its dates stay."""
    holder = _holder(certificate)
    facts = dict(certificate.facts)
    facts |= {
        "template": document.TEMPLATE_VERSION,
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
