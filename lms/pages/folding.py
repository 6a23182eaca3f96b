"""Templates compiled once for each language, with everything written out that cannot vary from page to page.

Texts, icons, addresses without arguments, static files and components with constant arguments come out the same every
time in one language. A template of ours is therefore kept once per language with their results in it as plain text;
what depends on the request, the reader or the context is left as it was written.
"""

from functools import lru_cache

from django.template import Context, Template, TemplateDoesNotExist
from django.template.base import Node, NodeList, TextNode, TokenType, Variable
from django.template.defaulttags import CommentNode, IfNode, LoadNode, URLNode
from django.template.library import SimpleNode
from django.template.loader_tags import IncludeNode
from django.template.loaders import base, cached
from django.templatetags.i18n import BlockTranslateNode, LanguageNode, TranslateNode
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch
from django.utils import translation
from lucide.templatetags.lucide import lucide

# Tags whose result follows from their arguments alone, remembered where an argument is a variable.
_PURE = {lucide: lru_cache(maxsize=1000)(lucide)}
# Components say in their first line what they take; with ``only`` they see nothing else.
_COMPONENTS = "components/"


class Loader(cached.Loader):
    """Keeps every template once per language. Forgets them like Django's own when a file changes."""

    def get_template(self, template_name, skip=None):
        key = (translation.get_language(), self.cache_key(template_name, skip))
        found = self.get_template_cache.get(key)
        if found is None:
            try:
                found = base.Loader.get_template(self, template_name, skip)
            except TemplateDoesNotExist:
                if self.engine.debug:
                    raise
                found = TemplateDoesNotExist
            else:
                fold(found.nodelist, found)
            self.get_template_cache[key] = found  # only now: another thread never sees it half folded
        if found is TemplateDoesNotExist:
            raise TemplateDoesNotExist(template_name)
        return found


def fold(nodes: NodeList, template: Template) -> None:
    """Replace, in place, every node of ``nodes`` and below whose text is known already in the active language."""
    folded: list[Node] = []
    for node in nodes:
        text = _known(node, template)
        if text is None:
            _below(node, template)
            folded.append(node)
        elif folded and isinstance(folded[-1], TextNode):
            folded[-1] = _text(folded[-1].s + text, folded[-1])
        elif text:
            folded.append(_text(text, node))
    nodes[:] = folded


def _text(text: str, like: Node) -> TextNode:
    node = TextNode(text)
    node.token, node.origin = like.token, like.origin
    return node


def _below(node: Node, template: Template) -> None:
    if isinstance(node, LanguageNode):
        return  # it speaks a language of its own
    if isinstance(node, SimpleNode) and node.func in _PURE:
        node.func = _PURE[node.func]
    lists = [branch for _condition, branch in node.conditions_nodelists] if isinstance(node, IfNode) else []
    for nodes in lists or (getattr(node, name, None) for name in node.child_nodelists):
        if isinstance(nodes, NodeList):
            fold(nodes, template)


def _known(node: Node, template: Template) -> str | None:
    """The text of ``node`` if it is the same on every page in this language, else None."""
    if isinstance(node, TextNode):
        return node.s
    if isinstance(node, CommentNode | LoadNode):
        return ""
    if not _is_constant(node):
        return None
    context = Context()
    with context.bind_template(template), context.render_context.push_state(template):
        try:
            return str(node.render(context))
        except NoReverseMatch:
            return None  # the room that owns the address is not installed; whoever shows it says so


def _is_constant(node: Node) -> bool:
    if isinstance(node, TranslateNode):
        return not node.asvar and _all(node.filter_expression, node.message_context)
    if isinstance(node, BlockTranslateNode):
        return (
            not (node.asvar or node.plural or node.extra_context)
            and _all(node.message_context)
            and all(token.token_type == TokenType.TEXT for token in node.singular)
        )
    if isinstance(node, StaticNode):
        return node.varname is None and _all(node.path)
    if isinstance(node, URLNode):
        return not node.asvar and _all(node.view_name, *node.args, *node.kwargs.values())
    if isinstance(node, SimpleNode):
        return node.func in _PURE and node.target_var is None and _all(*node.args, *node.kwargs.values())
    if isinstance(node, IncludeNode):
        return (
            node.isolated_context
            and _all(node.template, *node.extra_context.values())
            and str(node.template.var).startswith(_COMPONENTS)
        )
    return False


def _all(*expressions) -> bool:
    """Is each of the filter expressions, where there is one, a constant?"""
    return all(
        not expression.filters and (not isinstance(expression.var, Variable) or expression.var.literal is not None)
        for expression in expressions
        if expression is not None
    )
