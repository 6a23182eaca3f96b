"""The files that a certificate's PDF may carry, by name: what each is and how it relates to the page."""

ATTACHMENTS = {
    "credential.json": ("The certificate as a verifiable credential (Open Badges 3.0)", "Alternative"),
    "credential.tlog-proof": ("Proof that the credential stands in the transparency log", "Supplement"),
}
