"""Who may cosign the log: show them, believe a new one, stop believing one, take a cosigned note by hand."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from certification.models import Cosignature, SigningKey
from certification.operations import witnessing
from certification.operations.witnessing import NotTaken


class Command(BaseCommand):
    help = "Show the log's witnesses; --trust a new one, --retire one, or --accept a note that was brought by hand."

    def add_arguments(self, parser):
        act = parser.add_mutually_exclusive_group()
        act.add_argument("--trust", metavar="NAME+ID+KEY", help="believe this witness, in place of the one before")
        act.add_argument("--retire", metavar="NAME", help="take nothing more from it; what it has seen stays good")
        act.add_argument("--accept", metavar="FILE", type=Path, help="a checkpoint that it has cosigned")

    def handle(self, *args, trust, retire, accept, **options):
        try:
            if trust:
                self.stdout.write(f"{witnessing.trust(trust).name} is believed; the log has an entry of it.")
            elif retire:
                witnessing.retire(retire)
                self.stdout.write(f"{retire} is retired; the log has an entry of it.")
            elif accept:
                taken = witnessing.accept(accept.read_bytes())
                self.stdout.write(
                    "Taken; it is published with the checkpoint." if taken else "It was handed over before."
                )
            else:
                self._show()
        except NotTaken as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from None

    def _show(self):
        rows = SigningKey.objects.filter(purpose=SigningKey.Purpose.WITNESS)
        for row in rows:
            last = Cosignature.objects.filter(key=row).order_by("-at").first()
            seen = (
                f"last saw {last.checkpoint_id} entries at {last.at:%Y-%m-%d %H:%M} UTC"
                if last
                else "has seen nothing yet"
            )
            self.stdout.write(f"{row.name or row.kid} {row.get_state_display()}, {seen}")
        if not rows:
            self.stdout.write("The log has no witness.")
