"""Translation catalogues: what the code says, what the translators answered, and Serbian Latin out of Cyrillic.

Pure Python on purpose: reading messages needs no gettext programs and writes nothing beside the sources, so that
a test can compare the catalogues with the code, and an installation compiles them with what it already has.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import polib
from django.utils.translation.template import templatize

from lms.kernel.search_names import to_latin

ROOT = Path(__file__).resolve().parent.parent
LOCALE = Path(__file__).resolve().parent / "locale"
FOLDERS = ("lms", "courses", "certification", "templates")  # where our words are
WRITTEN = {"sq": "nplurals=2; plural=(n != 1);"}
_SLAVIC = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"  # as Django
)
WRITTEN["sr"] = _SLAVIC
GENERATED = {"sr_Latn": ("sr", _SLAVIC)}

# Which argument of a call is the message, its plural and its context.
_CALLS = {
    "_": (0, None, None),
    "gettext": (0, None, None),
    "gettext_lazy": (0, None, None),
    "gettext_noop": (0, None, None),
    "ngettext": (0, 1, None),
    "ngettext_lazy": (0, 1, None),
    "pgettext": (1, None, 0),
    "pgettext_lazy": (1, None, 0),
    "npgettext": (1, 2, 0),
    "npgettext_lazy": (1, 2, 0),
}
_CALL_IN_TEMPLATE = re.compile(r"\b(?:" + "|".join(_CALLS) + r")\(")
_PLACEHOLDER = re.compile(r"%\([^)]+\)[-#0+ ]*\d*(?:\.\d+)?[a-zA-Z]|%[sdf%]|\{[^{}]*\}")
# Kept as it is when Cyrillic turns to Latin: placeholders, tags, entities, addresses.
_KEPT = re.compile(_PLACEHOLDER.pattern + r"|<[^>]*>|&#?\w+;|https?://\S+")


class Message(NamedTuple):
    context: str | None
    text: str
    plural: str  # "" when there is one form only


class NotAConstant(ValueError):
    """A message is put together while running, so that no catalogue can hold it."""


# --- What the code says ----------------------------------------------------------------------------


def messages_in_python(source: str, name: str = "") -> Iterator[Message]:
    """Every message of Python ``source``. Raises NotAConstant for ``_(f"…")`` and the like."""
    for node in ast.walk(ast.parse(source, filename=name)):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called in _CALLS:
                yield from _message(called, node, name)


def _message(called: str, node: ast.Call, name: str) -> Iterator[Message]:
    text_at, plural_at, context_at = _CALLS[called]

    def constant(position):
        if position is None:
            return None
        if position < len(node.args):
            value = node.args[position]
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value
            if isinstance(value, ast.Name | ast.Attribute | ast.Subscript | ast.Call) and plural_at is None:
                return ""  # _(variable): the message was marked where it was written
        raise NotAConstant(
            f"{name}:{node.lineno}: {called}(…) needs its text as it stands; use a named placeholder for what varies."
        )

    text = constant(text_at)
    if text:
        yield Message(constant(context_at), text, constant(plural_at) or "")


def messages_in_template(source: str, name: str = "") -> Iterator[Message]:
    """Every message of a Django template: ``translate``, ``blocktranslate`` and ``_("…")`` in tags."""
    said = templatize(source, origin=name)
    for match in _CALL_IN_TEMPLATE.finditer(said):
        for end in re.finditer(r"\)", said[match.end() :]):
            try:
                call = ast.parse(said[match.start() : match.end() + end.end()], mode="eval").body
            except SyntaxError:
                continue  # that bracket belonged to the text
            yield from _message(call.func.id, call, name)
            break


def messages_in_code() -> dict[Message, set[str]]:
    """Every message of the product, with the files that say it."""
    found: dict[Message, set[str]] = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if "/migrations/" in name or "__pycache__" in name or path.suffix not in {".py", ".html", ".txt"}:
                continue
            read = messages_in_python if path.suffix == ".py" else messages_in_template
            for message in read(path.read_text(encoding="utf-8"), name):
                found.setdefault(message, set()).add(name)
    return found


# --- Catalogues ------------------------------------------------------------------------------------


def path_of(locale: str) -> Path:
    return LOCALE / locale / "LC_MESSAGES" / "django.po"


def read(locale: str) -> polib.POFile:
    """The catalogue of ``locale``; an empty one when there is none yet."""
    path = path_of(locale)
    return polib.pofile(str(path), wrapwidth=0) if path.exists() else polib.POFile()


def updated(known: polib.POFile, messages: dict[Message, set[str]], language: str, plural_forms: str) -> polib.POFile:
    """A catalogue of exactly ``messages``, in the order of their text, with the answers that ``known`` has."""
    answers = {Message(entry.msgctxt, entry.msgid, entry.msgid_plural): entry for entry in known}
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plural_forms,
    }
    forms = int(re.search(r"nplurals=(\d)", plural_forms)[1])
    for message in sorted(messages, key=lambda message: (message.text, message.plural, message.context or "")):
        entry = polib.POEntry(
            msgctxt=message.context,
            msgid=message.text,
            msgid_plural=message.plural,
            occurrences=[(name, "") for name in sorted(messages[message])],
        )
        if "%(" in message.text + message.plural:
            entry.flags = ["python-format"]
        answer = answers.get(message)
        if message.plural:
            given = answer.msgstr_plural if answer else {}
            entry.msgstr_plural = {form: given.get(form, "") for form in range(forms)}
        elif answer:
            entry.msgstr = answer.msgstr
        if answer and answer.fuzzy:
            entry.flags.append("fuzzy")
        catalogue.append(entry)
    return catalogue


def in_latin(text: str) -> str:
    """Serbian Cyrillic ``text`` in Serbian Latin. Placeholders, tags and addresses are kept.

    >>> in_latin("Њена лиценца %(број)s, <b>КОЊ</b>")
    'Njena licenca %(број)s, <b>KONJ</b>'
    """
    out, position = [], 0
    for kept in _KEPT.finditer(text):
        out += [to_latin(text[position : kept.start()]), kept[0]]
        position = kept.end()
    return "".join([*out, to_latin(text[position:])])


def generated(source: polib.POFile, language: str, plural_forms: str) -> polib.POFile:
    """The catalogue of ``language``, every answer transcribed from ``source``."""
    catalogue = updated(polib.POFile(), {}, language, plural_forms)
    for entry in source:
        catalogue.append(
            polib.POEntry(
                msgctxt=entry.msgctxt,
                msgid=entry.msgid,
                msgid_plural=entry.msgid_plural,
                msgstr=in_latin(entry.msgstr),
                msgstr_plural={form: in_latin(text) for form, text in entry.msgstr_plural.items()},
                occurrences=entry.occurrences,
                flags=list(entry.flags),
            )
        )
    return catalogue


def placeholders(text: str) -> list[str]:
    """What the code will fill into ``text``, in a fixed order."""
    return sorted(found for found in _PLACEHOLDER.findall(text) if found != "%%")


def faults(catalogue: Iterable[polib.POEntry]) -> Iterator[tuple[str, polib.POEntry]]:
    """What keeps ``catalogue`` from being finished: (what is wrong, the entry)."""
    for entry in catalogue:
        given = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if not given or not all(given):
            yield "not translated", entry
        elif entry.fuzzy:
            yield "marked fuzzy", entry
        else:
            # "One place" may leave out the number that its plural names.
            wanted = [placeholders(entry.msgid), placeholders(entry.msgid_plural or entry.msgid)]
            if any(placeholders(text) not in wanted for text in given):
                yield "other placeholders than the original", entry
            elif any(text.endswith(":") != entry.msgid.endswith(":") for text in given):
                yield "a colon at the end here but not there", entry


def update_all() -> list[str]:
    """Bring every catalogue up to the code, generate Serbian Latin. Returns the locales whose file changed."""
    messages = messages_in_code()
    changed = []
    fresh = {locale: updated(read(locale), messages, locale, forms) for locale, forms in WRITTEN.items()}
    fresh |= {locale: generated(fresh[source], locale, forms) for locale, (source, forms) in GENERATED.items()}
    for locale, catalogue in fresh.items():
        path, text = path_of(locale), f"{catalogue}\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(locale)
    return changed


def compile_all() -> int:
    """Compile the catalogues whose compiled form is missing or older. Returns how many were compiled."""
    compiled = 0
    for path in LOCALE.glob("*/LC_MESSAGES/*.po"):
        target = path.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
            unfinished = target.with_suffix(".mo.unfinished")
            polib.pofile(str(path)).save_as_mofile(str(unfinished))
            unfinished.replace(target)
            compiled += 1
    return compiled
