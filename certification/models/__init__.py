"""From a completion to a certificate anyone can verify, tied to a licence."""

from certification.models.certificates import (
    ActRequest,
    Certificate,
    CertificateDocument,
    CertificateEvent,
    Erasure,
    IssueBatch,
    IssueRow,
    SerialSeries,
)
from certification.models.keys import KeyRequest, RenewedProof
from certification.models.log import (
    Checkpoint,
    Cosignature,
    LogEntry,
    LogHead,
    LogNode,
    SigningKey,
    StatusList,
    Upkeep,
)
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
    "Cosignature",
    "Erasure",
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
    "Upkeep",
]
