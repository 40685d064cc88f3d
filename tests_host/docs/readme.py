"""What the tests of the READMEs read them with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("README.md", "README.zh-CN.md")
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in NAMES}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
both = pytest.mark.parametrize("name", NAMES)


def blocks(name):
    """(language, text) of each fenced block."""
    return BLOCK.findall(TEXTS[name])


def prose(name):
    """The text without its fenced blocks."""
    return BLOCK.sub("", TEXTS[name])


def spans(name):
    """What stands between single backticks."""
    return re.findall(r"`([^`\n]+)`", prose(name))


def code(name):
    """All code of a README: its blocks, and what stands between backticks."""
    return [text for _, text in blocks(name)] + spans(name)
