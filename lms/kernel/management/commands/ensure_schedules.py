"""Write down what runs by the clock. Runs after every migration by itself; here for a hand that wants to be sure."""

from django.core.management.base import BaseCommand

from lms.kernel import schedules


class Command(BaseCommand):
    help = "Make sure that everything that runs by the clock is planned. Safe to repeat."

    def handle(self, *args, **options):
        written = schedules.ensure()
        self.stdout.write(f"Planned anew: {', '.join(written)}" if written else "Everything was planned already.")
