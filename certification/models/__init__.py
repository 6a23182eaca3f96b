"""From a completion to a certificate anyone can verify, tied to a licence."""

from certification.models.certificates import (
    ActRequest,
    Certificate,
    CertificateDocument,
    CertificateDownload,
    CertificateEvent,
    ExpiryNotice,
    IssueBatch,
    IssueRow,
    SerialSeries,
)
from certification.models.log import Checkpoint, LogEntry, LogHead, LogNode, SigningKey, StatusList
from certification.models.papers import PaperCertificate
from certification.models.register import (
    IssuingBody,
    Licence,
    LicenceEvent,
    RegisterImport,
    RegisterImportRow,
    Signatory,
)
from certification.models.reviews import ReviewCase

__all__ = [
    "ActRequest",
    "Certificate",
    "CertificateDocument",
    "CertificateDownload",
    "CertificateEvent",
    "Checkpoint",
    "ExpiryNotice",
    "IssueBatch",
    "IssueRow",
    "IssuingBody",
    "Licence",
    "LicenceEvent",
    "LogEntry",
    "LogHead",
    "LogNode",
    "PaperCertificate",
    "RegisterImport",
    "RegisterImportRow",
    "ReviewCase",
    "SerialSeries",
    "Signatory",
    "SigningKey",
    "StatusList",
]
