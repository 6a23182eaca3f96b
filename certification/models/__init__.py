"""From a completion to a certificate anyone can verify, tied to a licence."""

from certification.models.certificates import (
    ActRequest,
    Certificate,
    CertificateDocument,
    CertificateEvent,
    IssueBatch,
    IssueRow,
    SerialSeries,
)
from certification.models.log import Checkpoint, LogEntry, LogHead, LogNode, SigningKey, StatusList
from certification.models.register import (
    IssuingBody,
    Licence,
    LicenceEvent,
    RegisterImport,
    RegisterImportRow,
    Signatory,
)
from certification.models.verifications import AccessNotice, VerificationStat

__all__ = [
    "AccessNotice",
    "ActRequest",
    "Certificate",
    "CertificateDocument",
    "CertificateEvent",
    "Checkpoint",
    "IssueBatch",
    "IssueRow",
    "IssuingBody",
    "Licence",
    "LicenceEvent",
    "LogEntry",
    "LogHead",
    "LogNode",
    "RegisterImport",
    "RegisterImportRow",
    "SerialSeries",
    "Signatory",
    "SigningKey",
    "StatusList",
    "VerificationStat",
]
