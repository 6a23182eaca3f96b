"""Hold register, documents, ledger, status lists and log against each other, and name what does not agree."""

import logging

from django.core.management.base import BaseCommand, CommandError

from certification.models import Certificate
from certification.operations import watching

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Name everything that does not agree with what was signed. Ends with 1 when there is anything. For every night."
    )

    def handle(self, *args, **options):
        count = 0
        for difference in watching.compare():
            count += 1
            self.stdout.write(str(difference))
            # Serials, indexes and columns; no name of a person.
            log.error("Reconciliation: %s", difference)
        if count:
            raise CommandError(
                f"{count} things do not agree. Change nothing; compare with the last backup and the log."
            )
        self.stdout.write(f"{Certificate.objects.count()} certificates agree with what was signed.")
