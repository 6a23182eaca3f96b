"""Replay the transparency log and hold it against every checkpoint that was signed."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from certification.formats.checkpoints import MalformedNote, NoteKey
from certification.operations import auditing


class Command(BaseCommand):
    help = "Compute the log again from its entries, compare it with every kept checkpoint, and count. Ends with 1 on a fault."

    def add_arguments(self, parser):
        parser.add_argument(
            "--mirror", metavar="DIR", type=Path, help="audit the copy in DIR (which holds log/) and not our own rows"
        )
        parser.add_argument(
            "--checkpoint", metavar="FILE", type=Path, action="append", default=[], help="a checkpoint kept elsewhere"
        )
        parser.add_argument(
            "--key",
            metavar="NAME+ID+KEY",
            action="append",
            help="believe this key of the log and none of the register's",
        )

    def handle(self, *args, mirror, checkpoint, key, **options):
        if mirror is None:
            if checkpoint or key:
                raise CommandError(
                    "--checkpoint and --key belong to --mirror DIR; our own rows hold their checkpoints."
                )
            audit = auditing.audit_rows()
        else:
            try:
                kept = [path.read_text(encoding="utf-8") for path in checkpoint]
                keys = [NoteKey.parse(each) for each in key] if key else None
            except OSError as error:
                raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from None
            except (MalformedNote, UnicodeDecodeError) as error:
                raise CommandError(str(error)) from None
            audit = auditing.audit_files(mirror, kept, keys)
        for fault in audit.faults:
            self.stderr.write(fault)
        counted = ", ".join(f"{count} {operation}" for operation, count in sorted(audit.counted.items())) or "nothing"
        self.stdout.write(f"{audit.size} entries ({counted}), {audit.checkpoints} checkpoints, root {audit.root.hex()}")
        if audit.faults:
            raise CommandError(f"{len(audit.faults)} faults. Do not sign another checkpoint before they are explained.")
        self.stdout.write("The log is what was signed.")
