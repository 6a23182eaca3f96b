"""Send the log's newest checkpoint to whoever keeps it out of our reach."""

from django.core.management.base import BaseCommand, CommandError

from certification.operations import watching


class Command(BaseCommand):
    help = "Send the newest checkpoint to CHECKPOINT_MAIL_TO now. Every day it goes by itself."

    def handle(self, *args, **options):
        try:
            watching.mail_checkpoint(again=True)
        except watching.NothingToSend as error:
            raise CommandError(str(error)) from None
        self.stdout.write("The checkpoint is on its way.")
