"""Certificates as ratios in one run: drawing, sealing, the whole issue, verifying, the log, the status list.

Everything is CPU time of this machine at this moment, taken in turns with what it is compared with, so that a busy
machine treats both alike. BENCH_PEOPLE (default 257) and BENCH_RENDERS (300) make it shorter.
"""

import itertools
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import rfc8785
from django.conf import settings

from benchmarks import completed, naive
from certification import signing, verification
from certification.formats import certificate as document
from certification.formats import data_integrity, qr_token, sealing, status_list
from certification.formats.facts import Sealed
from certification.models import Certificate, StatusList
from certification.operations import examining, issuing, publishing_lists
from certification.operations.crediting import Credited
from certification.rules import merkle
from lms.kernel import clock, pdf

PEOPLE = int(os.environ.get("BENCH_PEOPLE", "257"))
RENDERS = int(os.environ.get("BENCH_RENDERS", "300"))  # of the memory's first look; the second is after twice as many
LEAVES = 1_000_000
LEVELS = 8  # as operations.keeping_log keeps nodes


def cpu_ms(*works: Callable[[], object], rounds: int = 15, clocked=time.process_time) -> list[float]:
    """Median milliseconds of each, taken in turns."""
    for work in works:
        work()
    took: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, times in zip(works, took, strict=True):
            began = clocked()
            work()
            times.append((clocked() - began) * 1000)
    return [statistics.median(times) for times in took]


def ratio(value: float, limit: float, *, at_least: bool = False, **measured) -> dict:
    """One goal: what was found, its limit, whether it is reached, and the figures behind it."""
    reached = value >= limit if at_least else value <= limit
    figures = {name: round(each, 3) for name, each in measured.items()}
    return {"ratio": round(value, 4), "limit": f"{'≥' if at_least else '≤'} {limit:g}", "reached": reached} | figures


class Sample:
    """A certificate that was issued, and what is needed to make its document again."""

    def __init__(self, row: Certificate):
        self.row, self.facts = row, row.facts
        self.sealed = Sealed(row.facts, bytes(row.facts_canonical), row.facts_sha256)
        self.credential = bytes(row.credential or b"")
        self.address = document.verify_url(settings.SITE_URL, row.number, "0123456789")

    def drawn(self) -> pdf.Drawn:
        credited = Credited("", self.credential, "", {}, clock.now(), 1, 1, b"")
        return issuing.draw(self.sealed, credited, "0123456789")

    def naive(self) -> bytes:
        return naive.render(self.facts, self.address, self.credential)


def drawing(sample: Sample) -> dict:
    tuned, plain = cpu_ms(lambda: sample.drawn().written(), sample.naive, rounds=11)
    return ratio(tuned / plain, 0.5, tuned_ms=tuned, naive_ms=plain)


def sealing_ratios(sample: Sample, folder: Path) -> dict[str, dict]:
    unsealed = sample.drawn().written()
    begins = clock.now() - timedelta(days=1)
    curve, long = (sealing.demonstration_seal("Bench", not_before=begins, kind=kind) for kind in ("P-256", "RSA-3072"))
    curve_key, long_key, files = curve.key(), long.key(), naive.KeyFiles(folder, curve)

    def sealed(key: sealing.SealKey) -> bytes:
        return sealing.seal(unsealed, key=key, at=clock.now(), reason="2026-BENCH-000001", location="Prishtinë")

    ours, ours_long, plain = cpu_ms(
        lambda: sealed(curve_key), lambda: sealed(long_key), lambda: files.sign(unsealed), rounds=21
    )
    return {
        "sealing: RSA-3072 / P-256": ratio(ours_long / ours, 1.3, rsa_ms=ours_long, curve_ms=ours),
        "sealing / pyHanko SimpleSigner": ratio(ours / plain, 0.65, ours_ms=ours, simple_signer_ms=plain),
        "sealed / unsealed size": ratio(len(sealed(curve_key)) / len(unsealed), 1.6, bytes=len(unsealed)),
    }


def naive_issue_ms(sample: Sample, folder: Path) -> float:
    """CPU milliseconds of one certificate the naive way: credential, page, RSA-3072 signature, everything anew."""
    begins = clock.now() - timedelta(days=1)
    files = naive.KeyFiles(folder, sealing.demonstration_seal("Bench", not_before=begins, kind="RSA-3072"))
    unsigned = {name: value for name, value in json.loads(sample.credential).items() if name != "proof"}
    signer = signing.signer(signing.CREDENTIAL)

    def issue() -> None:
        content = rfc8785.dumps(data_integrity.secure(unsigned, signer, created=clock.now()))
        files.sign(naive.render(sample.facts, sample.address, content))

    return cpu_ms(issue, rounds=7)[0]


def whole_issue(sample: Sample, folder: Path) -> dict[str, dict]:
    one_seconds, one_cpu = completed.issue(completed.approved_batch("BENCH-ONE", PEOPLE), 1)
    two_seconds, two_cpu = completed.issue(completed.approved_batch("BENCH-TWO", PEOPLE), 2)
    plain = naive_issue_ms(sample, folder)
    each = one_cpu / PEOPLE * 1000
    return {
        f"CPU of {PEOPLE} issued / naive": ratio(each / plain, 0.25, ms_each=each, naive_ms_each=plain),
        "two workers / one": ratio(
            one_seconds / two_seconds,
            1.7,
            at_least=True,
            one_seconds=one_seconds,
            two_seconds=two_seconds,
            two_cpu_seconds=two_cpu,
        ),
    }


def memory(sample: Sample) -> dict:
    """Resident memory after twice RENDERS documents against after once, in a process of its own."""
    context = multiprocessing.get_context("fork")
    told = context.SimpleQueue()

    def work() -> None:
        for count in range(1, 2 * RENDERS + 1):
            sample.drawn().written()
            if count in (RENDERS, 2 * RENDERS):
                pages = int(Path("/proc/self/statm").read_text().split()[1])
                told.put(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)

    process = context.Process(target=work)
    process.start()
    before, after = told.get(), told.get()
    process.join()
    return ratio(after / before, 1.05, documents=RENDERS, mb_before=before, mb_after_twice_as_many=after)


def proofs(sample: Sample) -> dict:
    """Both proofs of credentials that were made at different moments, as those of strangers are."""
    unsigned = {name: value for name, value in json.loads(sample.credential).items() if name != "proof"}
    signer, keys = signing.signer(signing.CREDENTIAL), signing.public_keys(signing.CREDENTIAL)
    made = [
        data_integrity.secure(unsigned, signer, created=clock.now() - timedelta(seconds=number)) for number in range(12)
    ]
    first, second = itertools.cycle(made), itertools.cycle(made)
    jcs, rdfc = cpu_ms(
        lambda: data_integrity.verify(next(first), keys),
        lambda: data_integrity.verify_own(next(second), keys),
        rounds=51,
    )
    return ratio(jcs / rdfc, 1 / 15, jcs_ms=jcs, rdfc_ms=rdfc)


def uploads(sample: Sample) -> dict[str, dict]:
    """Files of strangers, on the clock on the wall, because they are read in a process of their own."""
    issued = bytes(sample.row.document.content)
    changed = issued[:-2] + b" \n"
    names = [f"_:b{number}" for number in range(9)]
    nodes = [{"id": name, "type": "Profile", "endorsement": [{"id": other} for other in names]} for name in names]
    poison = json.dumps(json.loads(sample.credential) | {"credentialSubject": nodes}).encode()
    deep = b"[" * 100_000 + b"]" * 100_000
    cut = issued[: len(issued) // 2]
    own, normal, *hostile = cpu_ms(
        *(lambda content=each: examining.examine(content) for each in (issued, changed, poison, deep, cut)),
        rounds=7,
        clocked=time.perf_counter,
    )
    return {
        "hostile / normal upload": ratio(max(hostile) / normal, 3, normal_ms=normal, worst_hostile_ms=max(hostile)),
        "verification by upload of the issued file": {"ms": round(own, 2)},
    }


def looking(sample: Sample) -> dict[str, dict]:
    claims = qr_token.Claims(
        number=sample.row.number,
        name=sample.facts["holder"]["printed"],
        course=sample.row.title,
        hours=Decimal(sample.facts["programme"]["hours"]),
        valid_from=date.fromisoformat(sample.facts["valid_from"]),
        valid_until=None,
        status_list=1,
        index=sample.row.status_index or 0,
    )
    signer = signing.signer(signing.CREDENTIAL)
    token, keys = qr_token.issue(claims, signer), {signer.verification_method.rpartition("#")[2]: signer.public}
    by_number, by_token = cpu_ms(
        lambda: verification.look_up(sample.row.number, shown=True), lambda: qr_token.verify(token, keys), rounds=51
    )
    return {
        "verification by number": {"cpu_ms": round(by_number, 3)},
        "verification by token": {"cpu_ms": round(by_token, 3)},
    }


def lists() -> dict:
    """Build and sign a list of 131,072 with so many revoked; and the one of the register, as it is published."""
    begins, ends = status_list.dates(clock.now())
    signer, found = signing.signer(signing.STATUS), {}
    for revoked in (3, 600, 6553):
        places = frozenset(range(0, revoked * 19, 19))

        def build(places=places) -> dict:
            unsigned = status_list.credential(
                id=f"{settings.SITE_URL}/status/1",
                issuer=signing.issuer_did(),
                purpose="revocation",
                are_set=places,
                valid_from=begins,
                valid_until=ends,
            )
            return data_integrity.secure(unsigned, signer, created=clock.now())

        found[f"{revoked}_revoked_ms"] = round(cpu_ms(build, rounds=9)[0], 2)
    number = StatusList.objects.order_by("number").values_list("number", flat=True).first()
    found["published_ms"] = round(cpu_ms(lambda: publishing_lists.publish([number]), rounds=5)[0], 2)
    return found


def log() -> dict:
    """A log of a million entries: one more, the root, and the proof of any."""
    frontier, kept = merkle.Frontier(), {level: [] for level in range(0, 32, LEVELS)}
    leaves = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(LEAVES)]
    began = time.process_time()
    for leaf in leaves:
        for level, _index, value in frontier.append(leaf):
            if level % LEVELS == 0:
                kept[level].append(value)
    append = (time.process_time() - began) / LEAVES * 1e6

    def read(level: int, index: int) -> bytes:
        stored, above = level - level % LEVELS, level % LEVELS
        return merkle.root(kept[stored][index << above : (index + 1) << above])

    proof, root = cpu_ms(
        lambda: merkle.stored_inclusion_path(123_456, LEAVES, read), lambda: frontier.root(), rounds=21
    )
    return {
        "leaves": LEAVES,
        "append_microseconds": round(append, 2),
        "proof_ms": round(proof, 3),
        "root_microseconds": round(root * 1000, 1),
    }


def measure(stage) -> dict:
    row = completed.approved_batch("BENCH-WARM", 4)
    issuing.issue_rows(row.pk, issuing.waiting_rows(row))
    sample = Sample(row.certificates.select_related("document").first())
    with tempfile.TemporaryDirectory() as folder:
        found = {"drawing / naive": drawing(sample)} | sealing_ratios(sample, Path(folder))
        found |= whole_issue(sample, Path(folder))
    found |= {
        f"memory after {2 * RENDERS} / {RENDERS} documents": memory(sample),
        "jcs / rdfc verification": proofs(sample),
    }
    found |= uploads(sample) | looking(sample)
    return found | {"status list": lists(), "log": log()}
