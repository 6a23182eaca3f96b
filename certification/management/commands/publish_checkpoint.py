"""Sign a checkpoint over what the log has gained since the last one."""

from django.core.management.base import BaseCommand, CommandError

from certification.operations import keeping_log


class Command(BaseCommand):
    help = "Sign a checkpoint over everything that no other covers yet. Every ten minutes it happens by itself."

    def handle(self, *args, **options):
        try:
            note = keeping_log.publish()
        except keeping_log.LogRewritten as error:
            raise CommandError(str(error)) from None
        self.stdout.write(note.rstrip("\n") if note else "The last checkpoint covers everything.")
