"""Personal numbers: sealed at rest, found by a keyed index, every reading logged, a doubtful one only warned of."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet
from django.conf import settings

from lms.people.models import PersonalNumberAccess

WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2)


def looks_right(number: str) -> bool:
    """Has ``number`` the form of a Kosovo personal number: ten digits with a right check digit?

    Check digit: 11 minus (the first nine digits times 4 3 2 7 6 5 4 3 2) modulo 11, where 10 and 11 become 0.
    Numbers that begin with 9 have no check. 000000001 → 2·1 = 2 → 11 − 2 = 9: 0000000019. A wrong one warns, never blocks.
    """
    if len(number) != 10 or not number.isascii() or not number.isdigit():
        return False
    if number[0] == "9":
        return True
    check = 11 - sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False)) % 11
    return int(number[9]) == (0 if check >= 10 else check)


def _key(purpose: str) -> bytes:
    return hmac.new(settings.PERSONAL_NUMBER_KEY.encode(), purpose.encode(), hashlib.sha256).digest()


def blind_index(number: str) -> str:
    """The keyed hash by which a number is found without being readable. Blanks do not matter."""
    return hmac.new(_key("index"), "".join(number.split()).encode(), hashlib.sha256).hexdigest()


def seal(person, number: str) -> None:
    """Put ``number`` on ``person`` (not yet saved), encrypted and findable; the empty text removes it."""
    number = "".join(number.split())
    if not number:
        person.personal_number_sealed, person.personal_number_index = None, None
        return
    cipher = Fernet(base64.urlsafe_b64encode(_key("seal")))
    person.personal_number_sealed = cipher.encrypt(number.encode())
    person.personal_number_index = blind_index(number)


def read(person, *, by, reason: str) -> str:
    """The personal number of ``person``, or "". Writes down who read it and why."""
    if not person.personal_number_sealed:
        return ""
    PersonalNumberAccess.objects.create(person=person, read_by=by, reason=reason)
    cipher = Fernet(base64.urlsafe_b64encode(_key("seal")))
    return cipher.decrypt(bytes(person.personal_number_sealed)).decode()
