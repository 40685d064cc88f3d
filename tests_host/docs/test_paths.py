"""Every file and every test that a README names exists."""

from __future__ import annotations

import re

from tests_host.docs.readme import ROOT, both, code, prose, spans

PLACES = ("lib/", "boards/", "tests_host/", "tests_device/", "tools/")


@both
def test_files_exist(name):
    links = re.findall(r"\]\(([^)]+)\)", prose(name))
    words = [word for text in code(name) for word in text.split()]
    paths = [w for w in words if w.startswith(PLACES) and not re.search("[<*…]", w)]
    assert len(paths) > 20
    for path in links + paths:
        assert (ROOT / path.partition("::")[0]).exists(), path


@both
def test_tests_exist(name):
    tests = [text for text in spans(name) if "::" in text]
    assert tests
    for path, _, function in (test.partition("::") for test in tests):
        assert f"\ndef {function}(" in (ROOT / path).read_text(encoding="utf-8"), function
