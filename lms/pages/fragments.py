"""``{% remembered a=… b=… %}…{% endremembered %}``: a piece of a page that is rendered once for each set of values.

Inside nothing exists but the values that are named, and those with the language are what it is remembered under: a
piece cannot show what it was not given, so it cannot show one reader what belongs to another.
"""

from django.template import Node
from django.template.base import token_kwargs
from django.template.exceptions import TemplateSyntaxError
from django.utils import translation

_LIMIT = 500  # of one piece, in one language; then it begins anew


class RememberedNode(Node):
    def __init__(self, values, nodelist):
        self.values = values
        self.nodelist = nodelist
        self.memory: dict[tuple, str] = {}

    def render(self, context):
        values = {name: expression.resolve(context) for name, expression in self.values.items()}
        # Their kinds too: text that is marked as safe equals the same text that must be escaped.
        key = (translation.get_language(), *((type(value), value) for value in values.values()))
        text = self.memory.get(key)
        if text is None:
            text = self.nodelist.render(context.new(values))
            if len(self.memory) >= _LIMIT:
                self.memory.clear()
            self.memory[key] = text
        return text


def remembered(parser, token):
    """Takes hashable values by name; ``{% remembered links=nav.main %}``."""
    bits = token.split_contents()[1:]
    values = token_kwargs(bits, parser)
    if bits or not values:
        raise TemplateSyntaxError("{% remembered %} takes values by name, for example links=nav.main")
    nodelist = parser.parse(("endremembered",))
    parser.delete_first_token()
    return RememberedNode(values, nodelist)
