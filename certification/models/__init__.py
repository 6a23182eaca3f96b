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
    "IssueBatch",
    "IssueRow",
    "IssuingBody",
    "Licence",
    "LicenceEvent",
    "RegisterImport",
    "RegisterImportRow",
    "SerialSeries",
    "Signatory",
]
