"""From a completion to a certificate anyone can verify, tied to a licence."""

from certification.models.batches import BatchArchive, IssueBatch, IssueRow, SerialSeries
from certification.models.certificates import (
    ActRequest,
    Certificate,
    CertificateDocument,
    CertificateDownload,
    CertificateEvent,
    Erasure,
    ExpiryNotice,
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
from certification.models.templates import CertificatePrint, TemplateVersion
from certification.models.verifications import AccessNotice, VerificationStat

__all__ = [
    "AccessNotice",
    "ActRequest",
    "BatchArchive",
    "Certificate",
    "CertificateDocument",
    "CertificateDownload",
    "CertificateEvent",
    "CertificatePrint",
    "Checkpoint",
    "Cosignature",
    "Erasure",
    "ExpiryNotice",
    "IssueBatch",
    "IssueRow",
    "IssuingBody",
    "KeyRequest",
    "Licence",
    "LicenceEvent",
    "LogEntry",
    "LogHead",
    "LogNode",
    "PaperCertificate",
    "RegisterImport",
    "RegisterImportRow",
    "RenewedProof",
    "ReviewCase",
    "SerialSeries",
    "Signatory",
    "SigningKey",
    "StatusList",
    "TemplateVersion",
    "Upkeep",
    "VerificationStat",
]
