"""A specimen: facts of a certificate that nobody has, to see a template with. It is marked as of no value."""

from collections.abc import Iterable, Mapping
from typing import Any

from certification.rules.look import LAYOUT

CODE, NUMBER = "0000000000", "HZ1J652JFWKP"
_TITLE = {
    "sq": "Programi i rifreskimit të njohurive për punonjës socialë të licencuar",
    "sr-latn": "Program obnove znanja za licencirane socijalne radnike",
    "sr": "Програм обнове знања за лиценциране социјалне раднике",
    "en": "Refresher programme for licensed social workers",
}
_DAY = {
    "sq": "Puna sociale me persona me aftësi të kufizuara",
    "sr-latn": "Socijalni rad sa osobama sa invaliditetom",
    "sr": "Социјални рад са особама са инвалидитетом",
    "en": "Social work with persons with disabilities",
}
_MODULE = {
    "sq": "Etika profesionale",
    "sr-latn": "Profesionalna etika",
    "sr": "Професионална етика",
    "en": "Professional ethics",
}
_PLACE = {"sq": "Gjakovë", "sr-latn": "Đakovica", "sr": "Ђаковица", "en": "Gjakova"}
_NAME = {"sq": "Çlirim Gjergjaj", "sr-latn": "Živka Đukić", "sr": "Љубица Џамбић", "en": "Agnes Whitfield"}
_SIGNATORY = {"sq": "Emri Mbiemri", "sr-latn": "Ime Prezime", "sr": "Име Презиме", "en": "Name Surname"}
_POST = {"sq": "Posti", "sr-latn": "Funkcija", "sr": "Функција", "en": "Post"}


def facts(
    language: str, *, issuer: Mapping[str, str], signatories: Iterable[Mapping[str, Any]], day: str
) -> dict[str, Any]:
    """What a certificate of six days and a module would state in ``language``, issued on ``day`` (ISO)."""
    return {
        "template": LAYOUT,
        "language": language,
        "number": NUMBER,
        "serial": f"{day[:4]}-REF-000000",
        "demo": True,
        "holder": {"printed": _NAME[language]},
        "licence": {"number": "0000"},
        "issuer": {"names": dict(issuer)},
        "programme": {"titles": _TITLE, "hours": "40.00"},
        "days": [{"titles": _DAY, "on": day, "place": _PLACE, "hours": "6.00"}] * 6,
        "modules": [{"titles": _MODULE, "on": day, "hours": "4.00"}],
        "accreditation": {"status": "none"},
        "issued_on": day,
        "first_issued_on": day,
        "valid_until": "",
        "signatories": list(signatories) or [{"name": _SIGNATORY[language], "posts": _POST}],
    }
