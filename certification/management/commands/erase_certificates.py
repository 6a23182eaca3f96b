"""Erase the data of certificates whose time has passed, in the same two steps as in the office."""

from django.core.management.base import BaseCommand, CommandError

from certification.admin.issuing import DECIDERS, ISSUERS
from certification.models import Certificate, Erasure
from certification.operations import erasing
from lms.people import roles
from lms.people.models import User


class Command(BaseCommand):
    help = "List certificates whose data are kept no longer; with two users, erase them. Safe to repeat."

    def add_arguments(self, parser):
        parser.add_argument("--requested-by", metavar="EMAIL", help="the officer who asks")
        parser.add_argument("--approved-by", metavar="EMAIL", help="somebody else, who approves")

    def handle(self, *args, requested_by, approved_by, **options):
        if bool(requested_by) != bool(approved_by):
            raise CommandError("Give both --requested-by and --approved-by, or neither to see the list.")
        if requested_by and requested_by == approved_by:
            raise CommandError("Nobody erases alone: --approved-by must be somebody else.")
        asks = self._user(requested_by, ISSUERS) if requested_by else None
        decides = self._user(approved_by, DECIDERS) if approved_by else None
        rows = Certificate.objects.filter(erased_at__isnull=True).order_by("serial").defer("facts", "facts_canonical")
        done = 0
        for each in rows.iterator(chunk_size=500):
            if not erasing.is_due(each):
                continue
            done += 1
            if asks is not None:
                self._erase(each, asks, decides)
            self.stdout.write(f"{each.serial} was kept until {erasing.retained_until(each)}")
        self.stdout.write(f"{done} certificates {'erased' if asks else 'can be erased'}.")

    def _erase(self, certificate, asks, decides):
        asked = Erasure.objects.filter(certificate=certificate, state=Erasure.State.REQUESTED).first()
        try:
            asked = asked or erasing.request(certificate, Erasure.Ground.RETENTION, by=asks)
            erasing.approve(asked, by=decides)
        except erasing.ErasureRefused as error:
            raise CommandError(f"{certificate.serial}: {error}") from None

    def _user(self, email, allowed):
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None or not roles.has_role(user, *allowed):
            raise CommandError(f"{email} is no user who may do this; it takes one of: {', '.join(allowed)}.")
        return user
