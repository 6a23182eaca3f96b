"""The fixed words of certificate template 1 in four languages, and dates as they are written out in them.

They are part of the template version, like its layout, and not of the interface's catalogue: what a certificate says
must not change because a translation of the site was improved. A new wording is a new template version.
"""

from datetime import date

# The language beside the holder's own.
SECOND = {"sq": "en", "sr-latn": "en", "sr": "en", "en": "sq"}

LABELS: dict[str, dict[str, str]] = {
    "certificate": {"sq": "Certifikatë", "sr-latn": "Sertifikat", "sr": "Сертификат", "en": "Certificate"},
    "certifies": {
        "sq": "vërteton se",
        "sr-latn": "potvrđuje da je",
        "sr": "потврђује да је",
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
        "sr-latn": "uspešno završio/la",
        "sr": "успешно завршио/ла",
        "en": "has successfully completed",
    },
    # The whole statement once more, in the second language.
    "statement": {
        "sq": "{issuer} vërteton se {name}{licence} ka përfunduar me sukses „{title}“ ({extent}).",
        "sr-latn": "{issuer} potvrđuje da je {name}{licence} uspešno završio/la „{title}“ ({extent}).",
        "sr": "{issuer} потврђује да је {name}{licence} успешно завршио/ла „{title}“ ({extent}).",
        "en": "{issuer} certifies that {name}{licence} has successfully completed the “{title}” ({extent}).",
    },
    "hours": {"sq": "{hours} orë", "sr-latn": "{hours} sati", "sr": "{hours} сати", "en": "{hours} hours"},
    "days": {"sq": "{count} ditë", "sr-latn": "{count} dana", "sr": "{count} дана", "en": "{count} days"},
    "day": {"sq": "1 ditë", "sr-latn": "1 dan", "sr": "1 дан", "en": "1 day"},
    "day_number": {"sq": "Dita {number}", "sr-latn": "Dan {number}", "sr": "Дан {number}", "en": "Day {number}"},
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


def long_date(day: date, language: str) -> str:
    """``day`` written out: 22 nëntor 2026, 22. novembra 2026, 22. новембра 2026, 22 November 2026."""
    month = _MONTHS[language].split()[day.month - 1]
    return f"{day.day}{'.' if language.startswith('sr') else ''} {month} {day.year}"


def short_date(day: date) -> str:
    return f"{day:%d.%m.%Y}"
