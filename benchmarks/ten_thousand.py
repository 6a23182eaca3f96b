"""10,000 certificates with one and with two worker processes. Takes many minutes, so it runs only when it is named.

BENCH_MANY (default 10000) makes it smaller.
"""

import os

from benchmarks import completed
from benchmarks.credentials import ratio

MANY = int(os.environ.get("BENCH_MANY", "10000"))
FEW = min(257, MANY)


def measure(stage) -> dict:
    completed.issue(completed.approved_batch("BENCH-WARM-UP", 16), 1)
    _seconds, few_cpu = completed.issue(completed.approved_batch("BENCH-FEW", FEW), 1)
    one_seconds, one_cpu = completed.issue(completed.approved_batch("BENCH-MANY-1", MANY), 1)
    two_seconds, two_cpu = completed.issue(completed.approved_batch("BENCH-MANY-2", MANY), 2)
    return {
        f"CPU each at {MANY} / at {FEW}": ratio(
            (one_cpu / MANY) / (few_cpu / FEW), 1.1, ms_each=one_cpu / MANY * 1000, few_ms_each=few_cpu / FEW * 1000
        ),
        "two workers / one": ratio(
            one_seconds / two_seconds,
            1.7,
            at_least=True,
            one_seconds=one_seconds,
            two_seconds=two_seconds,
            two_cpu_seconds=two_cpu,
        ),
    }
