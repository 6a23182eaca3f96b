"""The demonstration's data: people, register, catalogue, a year of delivery. Can be run any number of times."""

import logging

from django.core.management.base import BaseCommand
from django.db import transaction

from certification.demo import awards, checks
from certification.demo import register as demo_register
from courses.demo import catalogue, delivery
from courses.operations import authoring, translating
from lms.people.demo import loading
from lms.people.operations.loading_municipalities import load_municipalities


class Command(BaseCommand):
    help = "Load the demonstration; --finished also marks the half-day that is left for the visitor."

    def add_arguments(self, parser):
        parser.add_argument("--finished", action="store_true", help="mark the last half-day of REF-2026-1/G6 as well")
        parser.add_argument("--sign-ins", action="store_true", help="only print who can sign in")

    def handle(self, *args, **options):
        if options["sign_ins"]:
            self.print_sign_ins()
            return
        logging.disable(logging.INFO)  # thousands of lines about what this command does anyway
        for said, step in (
            ("municipalities", load_municipalities),
            ("organisations", loading.load_organisations),
            ("people", loading.load_persons),
            ("register", demo_register.load),
            ("references", loading.settle_references),
            ("catalogue", catalogue.load),
            ("languages", translating.fill_languages),
            ("authors", authoring.open_catalogue),
            ("rounds and attendance", delivery.load),
            ("certificates", awards.load),
            ("verifications", checks.load),
        ):
            self.stdout.write(f"{said} …")
            with transaction.atomic():
                step()
        if options["finished"]:
            with transaction.atomic():
                marked = delivery.finish()
            self.stdout.write(f"last half-day of {'/'.join(delivery.LAST_SESSION)}: {marked} marked")
        logging.disable(logging.NOTSET)
        self.stdout.write("The demonstration is loaded.")

    def print_sign_ins(self):
        for email, role in loading.SIGN_INS:
            self.stdout.write(f"{email}  {loading.PASSWORD}  {role}")
