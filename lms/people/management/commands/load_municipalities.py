"""Municipalities of Kosovo and Albania into the database, with their names in every language."""

from django.core.management.base import BaseCommand

from lms.people.operations.loading_municipalities import load_municipalities


class Command(BaseCommand):
    help = "Load the municipalities of Kosovo and Albania. Can be run any number of times."

    def handle(self, *args, **options):
        new, changed, same = load_municipalities()
        self.stdout.write(f"municipalities: {new} new, {changed} changed, {same} the same")
