"""The fixed words of the certificate's layout (certificate-2) in four languages, and dates as they are written out in them.

They are part of the layout and not of the interface's catalogue: what a certificate says must not change because a
translation of the site was improved. A new wording is a new layout, or stands in a template (``look.WORDED``).
"""

from datetime import date
from decimal import Decimal

# The language beside the holder's own.
SECOND = {"sq": "en", "sr-latn": "en", "sr": "en", "en": "sq"}

LABELS: dict[str, dict[str, str]] = {
    "certificate": {"sq": "Certifikatë", "sr-latn": "Sertifikat", "sr": "Сертификат", "en": "Certificate"},
    "certifies": {
        "sq": "vërteton se",
        "sr-latn": "izdaje se na ime",
        "sr": "издаје се на име",
        "en": "certifies that",
    },
    "licence": {
        "sq": "licenca nr. {number}",
        "sr-latn": "licenca br. {number}",
        "sr": "лиценца бр. {number}",
        "en": "licence No. {number}",
    },
    "completed": {
        "sq": "ka përfunduar me sukses",
        "sr-latn": "za uspešno završenu obuku",
        "sr": "за успешно завршену обуку",
        "en": "has successfully completed",
    },
    # The whole statement once more, in the second language.
    "statement": {
        "sq": "{issuer} vërteton se {name}{licence} ka përfunduar me sukses „{title}“ ({extent}).",
        "sr-latn": "{issuer} izdaje ovaj sertifikat na ime {name}{licence} za uspešno završenu obuku „{title}“ ({extent}).",
        "sr": "{issuer} издаје овај сертификат на име {name}{licence} за успешно завршену обуку „{title}“ ({extent}).",
        "en": "{issuer} certifies that {name}{licence} has successfully completed the “{title}” ({extent}).",
    },
    # Of one, of a few (Serbian: 2 to 4, 22 to 24 …), of many; of a fraction.
    "hours": {
        "sq": "{count} orë|{count} orë|{count} orë|{count} orë",
        "sr-latn": "{count} sat|{count} sata|{count} sati|{count} sati",
        "sr": "{count} сат|{count} сата|{count} сати|{count} сати",
        "en": "{count} hour|{count} hours|{count} hours|{count} hours",
    },
    "days": {
        "sq": "{count} ditë|{count} ditë|{count} ditë",
        "sr-latn": "{count} dan|{count} dana|{count} dana",
        "sr": "{count} дан|{count} дана|{count} дана",
        "en": "{count} day|{count} days|{count} days",
    },
    "hours_name": {"sq": "orë", "sr-latn": "sati", "sr": "сати", "en": "hours"},
    "completed_on": {
        "sq": "përfunduar më {date}",
        "sr-latn": "završeno {date}",
        "sr": "завршено {date}",
        "en": "completed on {date}",
    },
    "recognised": {
        "sq": "njohur me vendim",
        "sr-latn": "priznato odlukom",
        "sr": "признато одлуком",
        "en": "recognised by decision",
    },
    "online": {"sq": "në internet", "sr-latn": "onlajn", "sr": "онлајн", "en": "online"},
    "accredited": {
        "sq": "I akredituar: {body}, nr. {number}, {start} – {until}",
        "sr-latn": "Akreditovano: {body}, br. {number}, {start} – {until}",
        "sr": "Акредитовано: {body}, бр. {number}, {start} – {until}",
        "en": "Accredited: {body}, No. {number}, {start} – {until}",
    },
    "submitted": {
        "sq": "I dorëzuar për akreditim te {body}; në ditën e përfundimit ende jo i akredituar",
        "sr-latn": "Podneto na akreditaciju ({body}); na dan završetka još nije akreditovano",
        "sr": "Поднето на акредитацију ({body}); на дан завршетка још није акредитовано",
        "en": "Submitted for accreditation to {body}; not yet accredited on the day of completion",
    },
    "issued_on": {
        "sq": "Lëshuar më {date}",
        "sr-latn": "Izdato {date}",
        "sr": "Издато {date}",
        "en": "Issued on {date}",
    },
    "reissued_on": {
        "sq": "Lëshuar më {first}; kjo lëshuar sërish më {date}",
        "sr-latn": "Izdato {first}; ponovo izdato {date}",
        "sr": "Издато {first}; поново издато {date}",
        "en": "Issued on {first}; reissued on {date}",
    },
    "valid_until": {
        "sq": "e vlefshme deri më {date}",
        "sr-latn": "važi do {date}",
        "sr": "важи до {date}",
        "en": "valid until {date}",
    },
    "valid_for_life": {
        "sq": "pa afat skadimi",
        "sr-latn": "bez roka važenja",
        "sr": "без рока важења",
        "en": "without expiry",
    },
    "logo": {
        "sq": "Logoja e lëshuesit",
        "sr-latn": "Logotip izdavaoca",
        "sr": "Логотип издаваоца",
        "en": "Logo of the issuer",
    },
    "seal_picture": {
        "sq": "Figura e vulës",
        "sr-latn": "Slika pečata",
        "sr": "Слика печата",
        "en": "Picture of the seal",
    },
    "signature_picture": {
        "sq": "Figura e nënshkrimit: {name}",
        "sr-latn": "Slika potpisa: {name}",
        "sr": "Слика потписа: {name}",
        "en": "Picture of a signature: {name}",
    },
    "seal": {"sq": "Vula", "sr-latn": "Pečat", "sr": "Печат", "en": "Seal"},
    "number": {"sq": "Numri", "sr-latn": "Broj", "sr": "Број", "en": "Number"},
    "access_code": {"sq": "Kodi i hyrjes", "sr-latn": "Pristupni kod", "sr": "Приступни код", "en": "Access code"},
    "verify": {
        "sq": "Verifikoni në",
        "sr-latn": "Proverite na",
        "sr": "Проверите на",
        "en": "Verify at",
    },
    "qr": {
        "sq": "Kod QR që hap verifikimin e kësaj certifikate",
        "sr-latn": "QR kod koji otvara proveru ovog sertifikata",
        "sr": "QR код који отвара проверу овог сертификата",
        "en": "QR code that opens the verification of this certificate",
    },
    "demo": {
        "sq": "DEMONSTRIM · pa vlerë",
        "sr-latn": "DEMONSTRACIJA · bez vrednosti",
        "sr": "ДЕМОНСТРАЦИЈА · без вредности",
        "en": "DEMONSTRATION · of no value",
    },
}

_MONTHS = {
    "sq": "janar shkurt mars prill maj qershor korrik gusht shtator tetor nëntor dhjetor",
    "sr-latn": "januara februara marta aprila maja juna jula avgusta septembra oktobra novembra decembra",
    "sr": "јануара фебруара марта априла маја јуна јула августа септембра октобра новембра децембра",
    "en": "January February March April May June July August September October November December",
}


def label(key: str, language: str, **values: object) -> str:
    return LABELS[key][language].format(**values)


def hours_of(hours: Decimal, language: str) -> str:
    """36 orë, 4 sata, 21 сат; halves with the language's comma: 7,5 sati (English: 7.5 hours)."""
    plain = f"{hours.normalize():f}"
    form = 3 if hours != int(hours) else _form(int(hours), language)
    count = plain if language == "en" else plain.replace(".", ",")
    return LABELS["hours"][language].split("|")[form].format(count=count)


def days_of(count: int, language: str) -> str:
    return LABELS["days"][language].split("|")[_form(count, language)].format(count=count)


def _form(count: int, language: str) -> int:
    """Which of the forms one, few, many a whole number takes."""
    if not language.startswith("sr"):
        return 0 if count == 1 else 2
    if count % 10 == 1 and count % 100 != 11:
        return 0
    return 1 if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14) else 2


def long_date(day: date, language: str) -> str:
    """``day`` written out: 22 nëntor 2026, 22. novembra 2026, 22. новембра 2026, 22 November 2026."""
    month = _MONTHS[language].split()[day.month - 1]
    return f"{day.day}{'.' if language.startswith('sr') else ''} {month} {day.year}"


def short_date(day: date) -> str:
    return f"{day:%d.%m.%Y}"
