"""The MicroPython versions that the READMEs claim are those that the unit tests run on."""

import re
import subprocess

import pytest

from tests_host.conftest import VERSIONS, VERSIONS_SHORT
from tests_host.docs.readme import TEXTS, both
from tools import wasm

SHOW = "import sys\nprint(sys.implementation.name, *sys.implementation.version[:2], sys.maxsize)\n"


@both
def test_the_oldest_is_the_one_that_is_claimed(name):
    claimed = re.findall(r"^MicroPython (1\.\d+)", TEXTS[name], re.MULTILINE)
    assert claimed == wasm.versions()[:1]


def test_both_ends_are_run_and_the_oldest_always():
    assert {condition.version for condition in VERSIONS} == set(wasm.versions())
    assert [condition.version for condition in VERSIONS_SHORT] == wasm.versions()[:1]


@pytest.mark.parametrize("version", wasm.versions())
def test_a_version_is_what_it_says(version, tmp_path):
    if not wasm.there():
        pytest.skip(wasm.MISSING)
    script = tmp_path / "show.py"
    script.write_text(SHOW)
    command = [*wasm.command(version, tmp_path), str(script)]
    out = subprocess.run(command, text=True, timeout=60, capture_output=True, check=True).stdout
    assert out.split() == ["micropython", *version.split("."), str(2**31 - 1)]
