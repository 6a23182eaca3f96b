"""Municipalities by the names people write: Albanian definite or indefinite, Serbian in either script, or the key."""

import difflib
from collections import defaultdict

from django.utils.translation import gettext as _

from lms.kernel.search_names import fold, place_keys
from lms.people.models import Municipality


class UnknownPlace(ValueError):
    """No municipality is called so, or more than one is. The message says which to write."""


class Places:
    """All municipalities, read once, so that a hundred thousand lines can be matched without asking again."""

    def __init__(self, country: str = "XK"):
        self.country = country
        self._by_key: dict[str, Municipality] = {}
        self._by_name: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))  # country: name: keys
        self._by_stem: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for place in Municipality.objects.all():
            self._by_key[place.key.casefold()] = place
            if place.country == country and place.code:
                self._by_key[place.code.casefold()] = place
            for name in filter(None, [*place.names.values(), place.name_definite, *place.search_key.split(" | ")]):
                self._by_name[place.country][fold(name)].add(place.key)
                for stem in place_keys(name):
                    self._by_stem[place.country][stem].add(place.key)
        self._found: dict[str, Municipality] = {}

    def find(self, text: str) -> Municipality:
        """The municipality that ``text`` means. Raises UnknownPlace with what to write instead.

        A name is looked up in one country only: names repeat across the border, keys such as XK-19 do not.
        """
        if text not in self._found:
            self._found[text] = self._find(text)
        return self._found[text]

    def _find(self, text: str) -> Municipality:
        by_key = self._by_key.get(text.strip().casefold())
        if by_key is not None:
            return by_key
        names, stems = self._by_name[self.country], self._by_stem[self.country]
        keys = names.get(fold(text)) or set().union(*(stems.get(stem, set()) for stem in place_keys(text)))
        if len(keys) == 1:
            return self._by_key[next(iter(keys)).casefold()]
        if keys:
            raise UnknownPlace(
                _("“%(name)s” may mean %(places)s. Write the code.") % {"name": text, "places": self._listed(keys)}
            )
        elsewhere = set().union(*(index.get(fold(text), set()) for index in self._by_name.values()))
        near = elsewhere or set().union(*(names[name] for name in difflib.get_close_matches(fold(text), names, 3, 0.7)))
        if near:
            raise UnknownPlace(
                _("No municipality is called “%(name)s” here. Did you mean %(places)s? Write the name or the code.")
                % {"name": text, "places": self._listed(near)}
            )
        raise UnknownPlace(
            _("No municipality is called “%(name)s”. Write its name or its code, such as XK-19.") % {"name": text}
        )

    def _listed(self, keys: set[str]) -> str:
        return ", ".join(f"{self._by_key[key.casefold()].name} ({key})" for key in sorted(keys))
