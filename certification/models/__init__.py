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
from certification.models.keys import KeyRequest, RenewedProof
from certification.models.log import Checkpoint, LogEntry, LogHead, LogNode, SigningKey, StatusList
from certification.models.register import (
    IssuingBody,
    Licence,
    LicenceEvent,
    RegisterImport,
    RegisterImportRow,
    Signatory,
)

__all__ = [
    "ActRequest",
    "Certificate",
    "CertificateDocument",
    "CertificateEvent",
    "Checkpoint",
    "IssueBatch",
    "IssueRow",
    "IssuingBody",
    "KeyRequest",
    "Licence",
    "LicenceEvent",
    "LogEntry",
    "LogHead",
    "LogNode",
    "RegisterImport",
    "RegisterImportRow",
    "RenewedProof",
    "SerialSeries",
    "Signatory",
    "SigningKey",
    "StatusList",
]
