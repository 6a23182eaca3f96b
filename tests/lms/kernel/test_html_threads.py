"""Cleaning in many threads at once: every reader gets the own text, whole."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from lms.kernel.html import clean


@pytest.mark.once
def test_texts_of_several_threads_never_mix():
    texts = [f"<p>Text {n}</p><ul><li><b>{n}</b></li></ul>" * 20 for n in range(300)]

    with ThreadPoolExecutor(8) as threads:
        cleaned = list(threads.map(clean, texts))

    assert cleaned == texts
