"""Whose line is it: matching lines of a register file to the licences and persons that are known, or refusing to guess."""

from collections import defaultdict
from datetime import date

from django.utils.translation import gettext as _

from certification.models import IssuingBody, Licence
from certification.operations.register_lines import PERSON_COLUMNS, Line, LineRefused
from lms.kernel.search_names import fold
from lms.people.models import Employment, Person


class Known:
    """What the register already knows about the lines of a chunk, in five queries; grows as the chunk is examined."""

    def __init__(self, body: IssuingBody, lines: list[Line], today: date, *, lock: bool):
        licences = Licence.objects.filter(body=body, number__in=[line.number for line in lines])
        licences = licences.select_related("person__municipality").order_by("pk")
        if lock:
            licences = licences.select_for_update(of=("self", "person"))
        self.licences = {licence.number: licence for licence in licences}
        persons = {licence.person_id: licence.person for licence in self.licences.values()}
        for licence in self.licences.values():
            licence.person = persons[licence.person_id]  # one object for one person
        indexes = [line.number_index for line in lines if line.personal_number]
        pairs = {
            (line.name_key, line.birth_date) for line in lines if line.birth_date and line.number not in self.licences
        }
        self.by_number: dict[str, Person] = {}
        self.by_name: dict[tuple[str, date], list[Person]] = defaultdict(list)
        for person in Person.objects.filter(personal_number_index__in=indexes).select_related("municipality"):
            person = persons.setdefault(person.pk, person)
            if person.personal_number_index:
                self.by_number[person.personal_number_index] = person
        # Names and birthdays repeat; only the pairs count, and only those persons are worth loading.
        namesakes = Person.objects.filter(name_key__in={name for name, _birth in pairs})
        namesakes = namesakes.filter(birth_date__in={birth for _name, birth in pairs})
        found = [pk for pk, *pair in namesakes.values_list("pk", "name_key", "birth_date") if tuple(pair) in pairs]
        for person in Person.objects.filter(pk__in=found).select_related("municipality"):
            person = persons.setdefault(person.pk, person)
            if person.birth_date:
                self.by_name[person.name_key, person.birth_date].append(person)
        self.employments: dict[int, list[Employment]] = defaultdict(list)
        for employment in Employment.objects.on(today).filter(person__in=persons).select_related("organisation"):
            self.employments[employment.person_id].append(employment)
        self.line_of: dict[int, Line] = {}  # by the identity of the person object, saved or not

    def remember(self, line: Line, person: Person | None) -> None:
        """A later line of the chunk about the same person finds this one."""
        if person is None:
            return
        self.line_of.setdefault(id(person), line)
        if line.personal_number:
            self.by_number[line.number_index] = person
        if line.birth_date and person not in self.by_name[line.name_key, line.birth_date]:
            self.by_name[line.name_key, line.birth_date].append(person)

    def match(self, line: Line) -> tuple[Licence | None, Person | None]:
        """The licence and the person that ``line`` is about, as far as they are known. Raises LineRefused."""
        licence = self.licences.get(line.number)
        by_number = self.by_number.get(line.number_index) if line.personal_number else None
        if licence:
            person: Person | None = licence.person
            if by_number and by_number is not person and by_number.pk != licence.person_id:
                raise LineRefused(
                    _("The licence is recorded for %(holder)s, but the personal number for %(other)s.")
                    % {"holder": licence.person.reference, "other": by_number.reference}
                )
        else:
            person = by_number or self._namesake(line)
        if person and _is_somebody_else(person, line):
            raise LineRefused(
                _(
                    "The line seems to be about %(person)s by its licence number or personal number, but the name, date of "
                    "birth or personal number are those of somebody else. Check the line; if it is right, correct "
                    "%(person)s in the office first."
                )
                % {"person": person.reference}
            )
        earlier = self.line_of.get(id(person)) if person else None
        if earlier and _contradicts(earlier, line):
            raise LineRefused(
                _("Lines %(first)d and %(second)d are one person but do not say the same. Make them agree.")
                % {"first": earlier.line, "second": line.line}
            )
        return licence, person

    def _namesake(self, line: Line) -> Person | None:
        """The one person of the same name and date of birth, unless a personal number tells them apart."""
        if not line.birth_date:
            return None
        namesakes = self.by_name.get((line.name_key, line.birth_date), [])
        namesakes = [one for one in namesakes if not (one.personal_number_index and line.personal_number)]
        if not namesakes:
            return None
        others = [one for one in namesakes if _differ(fold(one.father_name), fold(line.father_name))]
        if len(namesakes) > 1 or others:
            raise LineRefused(
                _(
                    "%(persons)s has the same name and date of birth, and it cannot be told whether it is the same "
                    "person. Add the personal number to the line and to that person."
                )
                % {"persons": ", ".join(one.reference for one in namesakes)}
            )
        return namesakes[0]


def _differ(one, other) -> bool:
    return bool(one and other and one != other)


def _is_somebody_else(person: Person, line: Line) -> bool:
    """Not a change, but another person: two of name, birthday and personal number differ, or the whole name does.

    Who marries keeps the given name; who changes both is renamed in the office, with the document.
    """
    has_other_given_name = _differ(fold(person.given_name), fold(line.given_name))
    has_other_surname = _differ(fold(person.surname), fold(line.surname))
    return (has_other_given_name and has_other_surname) or (
        sum(
            (
                _differ(person.name_key, line.name_key),
                _differ(person.birth_date, line.birth_date),
                _differ(person.personal_number_index, line.number_index),
            )
        )
        > 1
    )


def _contradicts(earlier: Line, later: Line) -> bool:
    return any(_differ(getattr(earlier, column), getattr(later, column)) for column in PERSON_COLUMNS)
