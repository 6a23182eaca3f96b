"""The seven answers to "does it hold?", and which one follows from what was found."""

from enum import StrEnum

from certification.rules.validity import Standing


class Verdict(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    REPLACED = "replaced"
    NOT_GENUINE = "not_genuine"  # altered, or not ours
    CANNOT_CHECK = "cannot_check"  # never shown as valid

    @property
    def exit_code(self) -> int:
        """What a command ends with: 0 valid, 1 not valid, 2 cannot check."""
        return {Verdict.VALID: 0, Verdict.CANNOT_CHECK: 2}.get(self, 1)


_OF_STANDING = {
    Standing.VALID: Verdict.VALID,
    Standing.EXPIRED: Verdict.EXPIRED,
    Standing.SUSPENDED: Verdict.SUSPENDED,
    Standing.REVOKED: Verdict.REVOKED,
    Standing.SUPERSEDED: Verdict.REPLACED,
}


def verdict(standing: Standing, *, altered: bool, unchecked: bool) -> Verdict:
    """What is altered is not genuine, whatever its dates say; what could not be checked is not called valid.

    Revoked, replaced, suspended and expired stand even when something could not be checked: not to rely on it is the
    safe answer either way.
    """
    if altered:
        return Verdict.NOT_GENUINE
    if unchecked and standing is Standing.VALID:
        return Verdict.CANNOT_CHECK
    return _OF_STANDING[standing]
