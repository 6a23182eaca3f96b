"""The signer's socket: one request and one answer, each four bytes of length and JSON. A server, and who asks it.

A Unix socket with mode 0660 on one machine. Whoever connects is asked of the kernel (SO_PEERCRED): only users that
were named may ask. A request has a bounded size and must arrive within a deadline.
"""

import contextlib
import json
import logging
import os
import pwd
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from certification.keyholding.desk import Desk, RequestRefused
from certification.keyholding.keyring import KeyUnusable, NotHeld
from certification.keyholding.tokens import NoToken

LONGEST = 1024 * 1024  # bytes of a request or an answer
_IDLE, _DEADLINE = 300.0, 10.0  # seconds between requests, and for one request to arrive
_PATIENCE = 30.0  # seconds that an answer may take
_AT_ONCE = 64  # connections; each has a thread
_LENGTH = struct.Struct(">I")

log = logging.getLogger(__name__)


class SignerUnavailable(ConnectionError):
    """The signer does not answer: nothing can be signed until it does."""


class SignerRefused(ValueError):
    """The signer answered that it does not sign this; the text is its own."""


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """``desk`` at ``path``, for this user, root, and the ``clients`` (names or numbers of users)."""

    daemon_threads = True
    request_queue_size = _AT_ONCE

    def __init__(self, path: Path, desk: Desk, *, clients: Iterable[str] = ()):
        self.desk, self.path = desk, path
        self.allowed = {os.getuid(), 0, *map(_number, clients)}
        self.room = threading.BoundedSemaphore(_AT_ONCE)
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        if path.is_socket():
            _refuse_a_second(path)
            path.unlink()
        before = os.umask(0o117)  # from its first moment 0660
        try:
            super().__init__(str(path), _Connection)
        finally:
            os.umask(before)

    def server_close(self) -> None:
        super().server_close()
        self.path.unlink(missing_ok=True)


class _Connection(socketserver.BaseRequestHandler):
    server: Server

    def handle(self) -> None:
        if not self.server.room.acquire(blocking=False):
            self._tell({"error": "busy", "text": f"{_AT_ONCE} others are asking; try again."})
            return
        try:
            peer = peer_of(self.request)
            if peer is not None and peer not in self.server.allowed:
                log.warning("User %s asked the signer and may not", peer)
                self._tell({"error": "not_you", "text": f"User {peer} may not ask here; name it in SIGNER_CLIENTS."})
                return
            with contextlib.suppress(OSError):
                while self._one():
                    pass
        finally:
            self.server.room.release()

    def _one(self) -> bool:
        """Answer one request; False when no other can follow."""
        self.request.settimeout(_IDLE)
        try:
            first = self.request.recv(1)
            if not first:
                return False
            content = receive(self.request, first, time.monotonic() + _DEADLINE)
            request = json.loads(content)
            if not isinstance(request, dict):
                raise ValueError("a request is an object")
        except TimeoutError:
            self._tell({"error": "too_slow", "text": f"A request arrives within {_DEADLINE:.0f} seconds."})
            return False
        except (ValueError, RecursionError) as error:
            self._tell({"error": "unreadable", "text": f"The request cannot be read: {error}"})
            return False
        begun = time.monotonic()
        answer: dict[str, Any]
        try:
            answer = {"answer": self.server.desk.answer(request)}
        except (RequestRefused, KeyUnusable, NotHeld, NoToken, ValueError) as error:
            answer = {"error": "refused", "text": str(error)}
        said = "refused" if "error" in answer else "done"
        log.log(
            logging.DEBUG if request.get("kind") in ("keys", "head") else logging.INFO,
            "%s %s: %s in %.0f ms",
            request.get("kind"),
            request.get("key", ""),
            said,
            1000 * (time.monotonic() - begun),
        )
        self._tell(answer)
        return True

    def _tell(self, answer: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            send(self.request, answer)


class Client:
    """Asks the signer at ``path``; each thread over a connection of its own, made anew when it broke."""

    def __init__(self, path: str):
        self._path = path
        self._own = threading.local()

    def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The answer to a request. Raises SignerUnavailable, SignerRefused."""
        if kind == "create":
            self._drop()  # over a new connection, which is not tried twice: one new key is enough
        for attempt in (1, 2):
            connection, is_new = self._connection()
            try:
                send(connection, {"kind": kind, **fields})
                answer = json.loads(receive(connection, b"", time.monotonic() + _PATIENCE))
                break
            except (OSError, ValueError) as error:
                self._drop()
                # A connection that lay idle may have been closed; asking twice for the same thing is harmless.
                if is_new or attempt == 2:
                    raise SignerUnavailable(f"The signer at {self._path} does not answer: {error}") from error
        if "error" in answer:
            if answer["error"] in ("busy", "not_you", "too_slow"):
                self._drop()
                raise SignerUnavailable(f"The signer at {self._path} does not serve us: {answer['text']}")
            if answer["error"] == "unreadable":
                self._drop()
            raise SignerRefused(answer["text"])
        return answer["answer"]

    def _connection(self) -> tuple[socket.socket, bool]:
        # A worker that was forked must not talk over its parent's connection.
        if getattr(self._own, "process", None) == os.getpid():
            return self._own.connection, False
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(5)
        try:
            connection.connect(self._path)
        except OSError as error:
            connection.close()
            raise SignerUnavailable(f"The signer at {self._path} does not answer: {error.strerror}") from error
        self._own.connection, self._own.process = connection, os.getpid()
        return connection, True

    def _drop(self) -> None:
        connection = self._own.__dict__.pop("connection", None)
        self._own.__dict__.pop("process", None)
        if connection is not None:
            connection.close()


def peer_of(connection: socket.socket) -> int | None:
    """The user at the other end, where the kernel tells."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    size = struct.calcsize("3i")
    _process, user, _group = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return user


def send(connection: socket.socket, message: dict[str, Any]) -> None:
    content = json.dumps(message, ensure_ascii=False).encode()
    if len(content) > LONGEST:
        raise ValueError(f"{len(content)} bytes are more than the {LONGEST} that a message may have.")
    connection.sendall(_LENGTH.pack(len(content)) + content)


def receive(connection: socket.socket, begun: bytes, deadline: float) -> bytes:
    """One message, of which ``begun`` was read already. Raises TimeoutError, ConnectionError, ValueError."""
    header = _exactly(connection, _LENGTH.size, begun, deadline)
    (length,) = _LENGTH.unpack(header)
    if length > LONGEST:
        raise ValueError(f"{length} bytes are more than the {LONGEST} that a message may have.")
    return _exactly(connection, length, b"", deadline)


def _exactly(connection: socket.socket, count: int, begun: bytes, deadline: float) -> bytes:
    parts, missing = [begun], count - len(begun)
    while missing:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        connection.settimeout(left)
        part = connection.recv(min(missing, 65536))
        if not part:
            raise ConnectionError("the other side closed the connection")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _number(client: str) -> int:
    if client.isdigit():
        return int(client)
    try:
        return pwd.getpwnam(client).pw_uid
    except KeyError:
        raise ValueError(f"SIGNER_CLIENTS names {client!r}; there is no such user on this machine.") from None


def _refuse_a_second(path: Path) -> None:
    """Two signers at one log would each remember only their own checkpoints."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
        except OSError:
            return  # left over from one that ended
    raise ValueError(f"A signer already answers at {path}; stop it first.")
