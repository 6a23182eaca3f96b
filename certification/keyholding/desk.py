"""The signer's desk: each request says what is to be signed, and the desk looks at it before it signs.

There is no request to sign bytes. What a request can be checked for is said at each kind; what cannot be seen here
(whether a person earned what a credential says) is for the register and the log to show. Times are compared with the
desk's own clock where it has one, so that whoever has the web server in hand dates nothing back.
"""

import binascii
import fcntl
import hashlib
import json
import os
import re
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from certification.formats import checkpoints, data_integrity, jose, qr_token, sealing, status_list
from certification.formats.credential import issuer_of
from certification.formats.did import multikey
from certification.formats.kit.trust import kit_name
from certification.formats.signer import Signer
from certification.keyholding.keyring import CREDENTIAL, LOG, PURPOSES, SEAL, STATUS, Held, Keyring
from certification.rules import merkle

_LISTS_LAST = timedelta(days=8)
_LINE_OF_A_KIT = re.compile(r"[0-9a-f]{64}  [A-Za-z0-9._-]{1,80}")


class RequestRefused(ValueError):
    """The desk does not sign this; the text says why."""


class Desk:
    """Signs with ``keyring`` for ``issuer`` (a DID) and the log called ``origin``.

    ``state`` is the file in which the last published checkpoint is remembered; without one every checkpoint is as good
    as the first, which is for tests and demonstrations. ``clock``, where given, tells the time, and ``tolerance`` how
    far a request may be from it.
    """

    def __init__(
        self,
        keyring: Keyring,
        *,
        issuer: str,
        origin: str,
        state: Path | None = None,
        clock: Callable[[], datetime] | None = None,
        tolerance: timedelta = timedelta(minutes=5),
        demonstration: Callable[[], sealing.DemonstrationSeal] | None = None,
    ):
        self._keyring, self._issuer, self._origin = keyring, issuer, origin
        self._state, self._clock, self._tolerance = state, clock, tolerance
        self._demonstration = demonstration
        # The RDF library shares state between threads; the state file is read, compared and written as one.
        self._one_at_a_time = threading.Lock()
        self._kinds: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "keys": self._tell_keys,
            "create": self._create,
            "credential": partial(self._secure, CREDENTIAL, self._is_credential),
            "list": partial(self._secure, STATUS, self._is_list),
            "token": self._token,
            "manifest": self._manifest,
            "head": self._head,
            "checkpoint": self._checkpoint,
            "published": self._published,
            "seal": self._seal,
        }

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What is answered to ``request``. Raises RequestRefused, NotHeld, KeyUnusable, NoToken."""
        kind = self._kinds.get(str(request.get("kind")))
        if kind is None:
            raise RequestRefused(f"{request.get('kind')!r} is nothing that is signed here: {', '.join(self._kinds)}.")
        try:
            return kind(request)
        except (KeyError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
            raise RequestRefused(f"The request is not complete or not as it should be: {error!r}") from error

    # --- Keys ----------------------------------------------------------------------------------

    def _tell_keys(self, request: Mapping[str, Any]) -> dict[str, Any]:
        wanted = [request["purpose"]] if request.get("purpose") else PURPOSES
        return {"keys": [told(key) for purpose in wanted for key in self._keyring.of(purpose)]}

    def _create(self, request: Mapping[str, Any]) -> dict[str, Any]:
        purpose = request["purpose"]
        if purpose not in PURPOSES:
            raise RequestRefused(f"{purpose!r} is no purpose of a key: {', '.join(PURPOSES)}.")
        return told(self._keyring.create(purpose, demonstration=self._demonstration))

    def _key(self, request: Mapping[str, Any], purpose: str) -> Held:
        return self._keyring.get(str(request["key"]), purpose)

    def _signer(self, key: Held) -> Signer:
        assert key.sign is not None  # noqa: S101 - only a seal has none
        return Signer(f"{self._issuer}#{key.kid}", key.public, key.sign)

    # --- Credentials and status lists: a JSON document, two proofs and a token -----------------

    def _secure(
        self, purpose: str, check: Callable[[Mapping[str, Any]], None], request: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Type, issuer and dates are checked, and that no member would go unsigned."""
        document, signer = request["document"], self._signer(self._key(request, purpose))
        created = datetime.fromisoformat(request["created"])
        if issuer_of(document) != self._issuer:
            raise RequestRefused(f"The document is of {issuer_of(document)!r}; here signs {self._issuer}.")
        if "proof" in document:
            raise RequestRefused("The document is signed already.")
        check(document)
        self._refuse_other_times(created)
        try:
            with self._one_at_a_time:
                secured = data_integrity.secure(document, signer, created=created)
            return {"document": secured, "jwt": jose.sign(document, signer)}
        except ValueError as error:
            raise RequestRefused(str(error)) from error

    @staticmethod
    def _is_credential(document: Mapping[str, Any]) -> None:
        kinds = document.get("type")
        if not isinstance(kinds, list) or not {"VerifiableCredential", "AchievementCredential"} <= {
            *kinds,
            *_same(kinds),
        }:
            raise RequestRefused(f"A document of type {kinds!r} is no certificate.")
        if not document.get("credentialStatus") or not document.get("validFrom"):
            raise RequestRefused("A certificate has a place on a status list and a first day.")

    @staticmethod
    def _is_list(document: Mapping[str, Any]) -> None:
        if "BitstringStatusListCredential" not in document.get("type", []):
            raise RequestRefused(f"A document of type {document.get('type')!r} is no status list.")
        begins, ends = (datetime.fromisoformat(document[name]) for name in ("validFrom", "validUntil"))
        if ends - begins > _LISTS_LAST:
            raise RequestRefused(f"A status list holds for {_LISTS_LAST.days} days at most.")
        status_list.decode(document["credentialSubject"]["encodedList"])

    def _refuse_other_times(self, moment: datetime) -> None:
        if self._clock is not None and abs(self._clock() - moment) > self._tolerance:
            raise RequestRefused(f"It says it was made at {moment}; by the signer's clock it is {self._clock()}.")

    # --- What is read as text ------------------------------------------------------------------

    def _token(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The body of a square code, which must be one that ``qr_token`` itself would have written."""
        key, message = self._key(request, CREDENTIAL), b64decode(request["body"], validate=True)
        try:
            named, _claims = qr_token.read_body(message)
        except qr_token.NotAToken as error:
            raise RequestRefused(f"That is no square code: {error}") from error
        if named != key.kid:
            raise RequestRefused(f"The square code names the key {named!r}, not {key.kid}.")
        return _signed(key, message)

    def _manifest(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The list of a kit's files: our name, a moment, and digests with names."""
        key, text = self._key(request, STATUS), str(request["text"])
        name, made, *lines = text.split("\n")
        if name != kit_name(self._issuer) or not lines or lines.pop() != "":
            raise RequestRefused(f"A kit's manifest begins with {kit_name(self._issuer)} and ends with its last line.")
        if not all(_LINE_OF_A_KIT.fullmatch(line) for line in lines):
            raise RequestRefused("A line of a kit's manifest is a SHA-256 and a file's name.")
        self._refuse_other_times(datetime.fromisoformat(made))
        return _signed(key, text.encode())

    # --- The log -------------------------------------------------------------------------------

    def _head(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return self._remembered()

    def _checkpoint(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A checkpoint that follows from the one of size ``from``, as ``path`` (RFC 6962, 2.1.2) must prove.

        That is the last signed one, which thereby counts as published, or the last published one: a note that was
        signed and then not published, because a transaction came to nothing, may be replaced. Each time that happens
        is written down beside the state, where whoever has the web server in hand cannot take it away.
        """
        key, text = self._key(request, LOG), str(request["text"])
        asked = self._parsed(text)
        with self._one_at_a_time, self._locked():
            known = self._remembered()
            signed = known["signed"]
            if (asked.size, asked.root.hex()) != (signed["size"], signed["root"]):
                is_next = request.get("from") == signed["size"]
                base = signed if is_next else known["published"]
                if base["size"]:
                    self._refuse_unless_it_follows(asked, base["size"], bytes.fromhex(base["root"]), request)
                if base is not signed and self._state is not None:
                    self._note_replaced(signed)
                self._remember(published=base, signed={"size": asked.size, "root": asked.root.hex()})
            return _signed(key, text.encode())

    def _published(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Remember that the note signed last was published: from now on it is the only one of its size."""
        size, root = int(request["size"]), str(request["root"])
        with self._one_at_a_time, self._locked():
            known = self._remembered()
            if known["signed"] == {"size": size, "root": root}:
                self._remember(published=known["signed"], signed=known["signed"])
            elif size >= known["published"]["size"] and known["published"] != {"size": size, "root": root}:
                raise RequestRefused(f"The checkpoint of {size} entries was not the last one signed here.")
        return {}

    def _parsed(self, text: str) -> checkpoints.Checkpoint:
        try:
            asked = checkpoints.Checkpoint.parse(text)
        except checkpoints.MalformedNote as error:
            raise RequestRefused(f"That is no checkpoint: {error}") from error
        if asked.origin != self._origin or asked.extensions:
            raise RequestRefused(f"The checkpoint is of {asked.origin!r}; here signs {self._origin}.")
        return asked

    def _refuse_unless_it_follows(
        self, asked: checkpoints.Checkpoint, size: int, root: bytes, request: Mapping[str, Any]
    ) -> None:
        if asked.size < size:
            raise RequestRefused(f"The log had {size} entries and is to have {asked.size}: entries are missing.")
        if asked.size == size:
            if asked.root != root:
                raise RequestRefused(f"The log of {size} entries has another root than the one that was published.")
            return
        path = [bytes.fromhex(each) for each in request.get("path", [])]
        if not merkle.verify_consistency(size, asked.size, root, asked.root, path):
            raise RequestRefused(
                f"It is not shown that the log of {asked.size} entries keeps the first {size} as they were."
            )

    def _locked(self) -> "_Lock":
        return _Lock(self._state)

    def _remembered(self) -> dict[str, Any]:
        if self._state is None or not self._state.exists():
            none = {"size": 0, "root": merkle.EMPTY_ROOT.hex()}
            return {"published": none, "signed": none}
        return json.loads(self._state.read_text(encoding="utf-8"))

    def _remember(self, **known: Mapping[str, Any]) -> None:
        if self._state is None:
            return
        temporary = self._state.with_suffix(".new")
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(known, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self._state)

    def _note_replaced(self, signed: Mapping[str, Any]) -> None:
        assert self._state is not None  # noqa: S101 - asked by the caller
        with open(self._state.with_suffix(".replaced"), "a", encoding="utf-8") as file:
            file.write(f"{utc_now():%Y-%m-%dT%H:%M:%SZ} {signed['size']} {signed['root']}\n")

    # --- The seal ------------------------------------------------------------------------------

    def _seal(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The signed attributes of a CMS signature (RFC 5652, 5.3).

        Checked: they say of themselves that they are of data with a SHA-256, made with the seal's own certificate, and
        hold nothing that a seal of ours does not. Which file the digest is of cannot be seen: the file stays outside.
        """
        key, attributes = self._key(request, SEAL), b64decode(request["attributes"], validate=True)
        assert key.seal is not None  # noqa: S101 - a seal has one
        problem = sealing.problem_of_attributes(attributes, key.seal.certificate)
        if problem:
            raise RequestRefused(f"That is no seal of ours: {problem}")
        return {"signature": b64encode(key.seal.sign_digest(hashlib.sha256(attributes).digest())).decode()}


def told(key: Held) -> dict[str, Any]:
    """The public half of a key as JSON."""
    found: dict[str, Any] = {"purpose": key.purpose, "kid": key.kid, "source": key.source}
    found["public"] = b64encode(key.public).decode()
    if key.seal is None:
        found["multikey"] = multikey(key.public)
    else:
        found["chain"] = [b64encode(each).decode() for each in key.seal.chain]
        found["algorithm"] = key.seal.algorithm
    return found


def _signed(key: Held, message: bytes) -> dict[str, str]:
    assert key.sign is not None  # noqa: S101 - only a seal has none
    return {"signature": b64encode(key.sign(message)).decode()}


def _same(kinds: list) -> set[str]:
    """Open Badges 3.0 section 8.2 gives the same type two names."""
    return {"AchievementCredential"} if "OpenBadgeCredential" in kinds else set()


class _Lock:
    """The state file belongs to one at a time, in this process and in others."""

    def __init__(self, state: Path | None):
        self._path = state.with_suffix(".lock") if state else None
        self._file: Any = None

    def __enter__(self) -> None:
        if self._path is not None:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = open(self._path, "w")
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()


def utc_now() -> datetime:
    """The signer's own clock."""
    return datetime.now(UTC)
