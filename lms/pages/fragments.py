"""``{% remembered a=… b=… %}…{% endremembered %}``: a piece of a page that is rendered once for each set of values.

Inside nothing exists but the values that are named, and those with the language are what it is remembered under: a
piece cannot show what it was not given, so it cannot show one reader what belongs to another.
"""

import html
import re
from operator import attrgetter

from django.template import Node
from django.template.base import token_kwargs
from django.template.exceptions import TemplateSyntaxError
from django.utils import translation
from django.utils.html import conditional_escape

_INDENT = re.compile(r"\s*\n\s*")
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


class _Slot(str):
    """Where a row's own word comes in. What depends on the word cannot be asked here."""

    __slots__ = ()

    def __html__(self):
        return self

    def __bool__(self):
        raise TypeError("A stencil only fills this in; name it under alike to ask about it.")


class StencilNode(Node):
    def __init__(self, rows, alike, filled, values, nodelist):
        self.rows, self.values, self.nodelist = rows, values, nodelist
        self.alike, self.filled = alike, filled
        self.alike_of, self.filled_of = _getter(alike), _getter(filled)
        self.slots = {name: _Slot(f"\0{number}\0") for number, name in enumerate(filled)}
        self.memory: dict[tuple, tuple[str, list[int]]] = {}

    def render(self, context):
        values = {name: expression.resolve(context) for name, expression in self.values.items()}
        under = (translation.get_language(), *((type(value), value) for value in values.values()))
        written: list[str] = []
        for row in self.rows.resolve(context):
            alike = self.alike_of(row)
            key = (under, alike, *map(type, alike))
            known = self.memory.get(key)
            if known is None:
                known = self._cut(context, values | dict(zip(self.alike, alike, strict=True)))
                if len(self.memory) >= _LIMIT:
                    self.memory.clear()
                self.memory[key] = known
            text, places = known
            words = [_written(word) for word in self.filled_of(row)]
            written.append(text % tuple([words[place] for place in places]))
        return "".join(written)

    def _cut(self, context, values) -> tuple[str, list[int]]:
        """The piece as a text for the % operator, and which of the row's words comes where."""
        text = _INDENT.sub("\n", self.nodelist.render(context.new(values | self.slots)))
        pieces = text.split("\0")
        return "%s".join(piece.replace("%", "%%") for piece in pieces[::2]), [int(place) for place in pieces[1::2]]


def _written(word) -> str:
    """``word`` as it stands in a page; conditional_escape does the same, at four times the price for plain text."""
    if type(word) is str:
        return html.escape(word)
    return str(word) if type(word) is int else conditional_escape(word)


def _getter(names):
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda row: (get(row),)


def stencil(parser, token):
    """``{% stencil rows alike="kind" filled="pk name" url=url %}<li id="{{ pk }}">…{% endstencil %}``, for long lists.

    The piece is rendered once for all rows that are alike, and the words of each row are filled in, escaped. As in
    ``remembered`` nothing exists inside but what is named: attributes of the row, and values of the page. Numbers are
    written without separators, indentation is left out, and what is personal is filled in, so that it is not kept.
    """
    bits = token.split_contents()[1:]
    rows = parser.compile_filter(bits.pop(0)) if bits else None
    values = token_kwargs(bits, parser)
    alike, filled = (str(values.pop(name).var).split() if name in values else [] for name in ("alike", "filled"))
    if bits or not (rows and alike and filled):
        raise TemplateSyntaxError('{% stencil %} takes rows and names, for example rows alike="kind" filled="pk name"')
    nodelist = parser.parse(("endstencil",))
    parser.delete_first_token()
    return StencilNode(rows, alike, filled, values, nodelist)
