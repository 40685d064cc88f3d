"""Tests import tools, tools import no tests, and the driver imports neither."""

import ast
from collections.abc import Iterator

import pytest

from tools.mp import ROOT

FORBIDDEN = {
    "tools": ("tests_host", "tests_device"),
    "lib": ("tests_host", "tests_device", "tools"),
}


def imported(source: str) -> Iterator[str]:
    """Each module that a source names: in an import, or as text for importlib."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
        elif isinstance(node, ast.Call):
            yield from (str(word.value) for word in node.args if isinstance(word, ast.Constant))


def wrong(folder: str, source: str) -> list[str]:
    """What a file of that folder imports and may not."""
    return [name for name in imported(source) if name.partition(".")[0] in FORBIDDEN[folder]
            and "/" not in name]


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_the_direction_of_imports(folder: str) -> None:
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    found = {str(path): names for path in files if (names := wrong(folder, path.read_text()))}
    assert found == {}


@pytest.mark.parametrize("line", [
    "import tests_host.conftest", "from tests_host.unit import desk",
    "importlib.import_module('tests_host.unit.desk')",
])
def test_a_wrong_import_is_seen(line: str) -> None:
    assert len(wrong("tools", line)) == 1
    assert wrong("tools", "subprocess.run(['pytest', 'tests_host/unit'])") == []
