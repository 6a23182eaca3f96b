"""Words of the register for templates."""

from django import template

from certification.models.register import STANDINGS

register = template.Library()


@register.filter
def standing_word(standing) -> str:
    """The standing of a licence in the reader's language."""
    return str(STANDINGS[standing])
