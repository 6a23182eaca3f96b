"""The kit: all that a stranger needs to verify a certificate without network and without us, as one signed archive."""
