"""A load generator on raw keep-alive connections: it shares the two cores with the server, so it does very little."""

import asyncio
import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit


@dataclass
class Response:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def text(self) -> str:
        packed = self.header("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()


@dataclass
class Visitor:
    """One browser: a connection that stays open and the cookies it was given."""

    host: str
    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    def _asks(self, method: str, path: str, body: bytes, kind: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "X-Forwarded-Proto: https", "Accept-Language: en"]
        lines += ["Accept: text/html", "Accept-Encoding: gzip"]
        if self.cookies:
            lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method == "POST":
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Referer: https://127.0.0.1/"]
            lines += [f"X-CSRFToken: {self.cookies.get('csrftoken', '')}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body

    async def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> Response:
        """Send one request and read the whole answer. A connection that the server closed is opened anew."""
        asked = self._asks(method, path, body, kind)
        for attempt in (1, 2):
            if self._writer is None:
                self._reader, self._writer = await asyncio.open_connection(self.host, self.port)
            try:
                self._writer.write(asked)
                return await self._answer()
            except (asyncio.IncompleteReadError, ConnectionError):
                self.close()
                if attempt == 2:
                    raise
        raise AssertionError("two attempts were made")

    async def _answer(self) -> Response:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = [(key.lower(), value.strip()) for key, _, value in (line.partition(":") for line in head[1:] if line)]
        response = Response(int(head[0].split()[1]), headers, b"")
        if response.header("transfer-encoding") == "chunked":
            parts = []
            while size := int((await self._reader.readuntil(b"\r\n")).strip(), 16):
                parts.append((await self._reader.readexactly(size + 2))[:-2])
            await self._reader.readexactly(2)
            response.body = b"".join(parts)
        else:
            response.body = await self._reader.readexactly(int(response.header("content-length") or 0))
        for key, value in headers:
            if key == "set-cookie":
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(value).items()}
        if response.header("connection") == "close":
            self.close()
        return response

    async def get(self, path: str) -> Response:
        return await self.ask("GET", path)

    async def post(self, path: str, values: dict | list | bytes) -> Response:
        if isinstance(values, bytes):
            return await self.ask("POST", path, values, "application/json")
        return await self.ask("POST", path, urlencode(values, True).encode(), "application/x-www-form-urlencoded")

    def close(self):
        if self._writer:
            self._writer.close()
        self._reader = self._writer = None


def visitors(address: str, cookies: list[dict[str, str]]) -> list[Visitor]:
    parts = urlsplit(address)
    return [Visitor(parts.hostname, parts.port, dict(each)) for each in cookies]


def repeat(people: list[Visitor], path: Callable[[int], str], *, seconds: float = 6, warm_up: float = 2) -> dict:
    """Everybody asks for ``path(n)`` again and again. Returns requests per second and the milliseconds of one."""
    times: list[float] = []
    faults: dict[int, int] = {}

    async def one(person: Visitor, number: int, begins: float, ends: float):
        asked = number
        # On a machine that stands still for seconds somebody is still answered once.
        while (started := time.perf_counter()) < ends or not times:
            response = await person.get(path(asked))
            asked += len(people)
            if response.status != 200:
                faults[response.status] = faults.get(response.status, 0) + 1
            elif started >= begins:
                times.append(time.perf_counter() - started)
        person.close()

    async def everybody():
        begins = time.perf_counter() + warm_up
        await asyncio.gather(*(one(each, number, begins, begins + seconds) for number, each in enumerate(people)))
        return time.perf_counter() - begins

    took = asyncio.run(everybody())
    if faults:
        raise AssertionError(f"{path(0)} did not answer 200 every time: {faults}")
    times.sort()
    return {
        "requests_per_second": round(len(times) / took, 1),
        "ms_median": round(times[len(times) // 2] * 1000, 1),
        "ms_95": round(times[int(len(times) * 0.95)] * 1000, 1),
    }
