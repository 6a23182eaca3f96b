"""Who a visitor of the demonstration may sign in as; nobody anywhere else."""

from django import template
from django.conf import settings

from lms.people.demo import loading
from lms.people.models import User

register = template.Library()


@register.simple_tag
def demo_sign_ins() -> dict:
    """``{password, accounts: [{email, role}]}`` of the demo accounts that exist; empty where nothing is fiction."""
    if not settings.DEMO:
        return {}
    known = set(User.objects.filter(email__in=dict(loading.SIGN_INS), is_active=True).values_list("email", flat=True))
    accounts = [{"email": email, "role": role} for email, role in loading.SIGN_INS if email in known]
    return {"password": loading.PASSWORD, "accounts": accounts} if accounts else {}
