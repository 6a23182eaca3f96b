"""Counting attempts from an address, so that guessing is slow. Kept in the cache: no address is written to a table."""

import ipaddress
import time
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def prefix_of(request: HttpRequest) -> str:
    """Where the request comes from: an IPv4 address, or the /64 of an IPv6 address, since one home has many."""
    said = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXY_COUNT:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        # What stands further left was written by the visitor.
        said = hops[-settings.TRUSTED_PROXY_COUNT] if len(hops) >= settings.TRUSTED_PROXY_COUNT else ""
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return str(address)


def is_over(purpose: str, who: str, *, limit: int) -> bool:
    """Has ``who`` used up ``limit`` attempts at ``purpose`` in this minute?"""
    return left(purpose, who, limit=limit) <= 0


def left(purpose: str, who: str, *, limit: int) -> int:
    """How many of ``limit`` attempts at ``purpose`` ``who`` still has in this minute; below zero when it took more."""
    return limit - cache.get(_key(purpose, who), 0)


def count(purpose: str, who: str, times: int = 1) -> None:
    """Note ``times`` attempts at ``purpose``. They are forgotten within two minutes."""
    key = _key(purpose, who)
    if times and not cache.add(key, times, timeout=120):
        try:
            cache.incr(key, times)
        except ValueError:  # it was forgotten between the two lines
            cache.set(key, times, timeout=120)


def _key(purpose: str, who: str) -> str:
    # Hashed, so that even the cache does not hold an address in the clear.
    return f"rate:{purpose}:{sha256(who.encode()).hexdigest()[:24]}:{int(time.time() // 60)}"
