"""Fixtures: what `make release` makes, made once."""

from pathlib import Path

import pytest

from tools import release


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release") / "files"
    release.build(folder)
    return folder
