"""What follows when something happened to an account."""

from allauth.account.signals import email_confirmed
from django.dispatch import receiver

from lms.people.operations import joining


@receiver(email_confirmed, dispatch_uid="link_person_by_email")
def link_person(sender, request, email_address, **kwargs):
    joining.link_by_email(email_address.user, email_address.email)
