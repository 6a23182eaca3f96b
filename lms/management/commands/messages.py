"""Translations: bring the catalogues up to the code, generate Serbian Latin, compile; or check that nothing lacks."""

from django.core.management.base import BaseCommand, CommandError

from lms import catalogues


class Command(BaseCommand):
    help = (
        "Collect every message of the code into lms/locale, generate Serbian Latin from Cyrillic and compile. "
        "--compile only compiles; --check only tells what is missing; with -v 2 each message."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--compile", action="store_true", help="only compile what changed")
        only.add_argument("--check", action="store_true", help="only tell what is missing; fails when anything is")

    def handle(self, *args, **options):
        if not options["compile"] and not options["check"]:
            changed = catalogues.update_all()
            self.stdout.write(f"Changed: {', '.join(changed) or 'nothing'}")
        missing = 0 if options["compile"] else self.tell_faults(in_full=options["verbosity"] > 1)
        if options["check"]:
            if missing:
                raise CommandError(f"{missing} messages lack a good translation.")
        else:
            self.stdout.write(f"Compiled: {catalogues.compile_all()}")

    def tell_faults(self, *, in_full: bool) -> int:
        total = 0
        for locale in (*catalogues.WRITTEN, *catalogues.GENERATED):
            catalogue = catalogues.read(locale)
            found = list(catalogues.faults(catalogue))
            for fault, entry in found if in_full else ():
                self.stdout.write(f"{locale}: {fault}: {entry.msgid!r} ({entry.occurrences[0][0]})")
            self.stdout.write(f"{locale}: {len(catalogue)} messages, {len(found)} to do")
            total += len(found)
        return total
