"""Some figures of the bench, small: that they are taken, and taken rightly."""

import json

import pytest

from tools.bench import heap, wire
from tools.bench.__main__ import main
from tools.bench.row import Row


def test_a_row_knows_what_it_missed():
    assert not Row("g", "w", 1.0).missed
    assert Row("g", "w", 2, "", 1).missed and not Row("g", "w", 1, "", 1).missed
    assert Row("g", "w", 0.97, "", 0.98, least=True).missed
    assert not Row("g", "w", 0.98, "", 0.98, least=True).missed


@pytest.mark.parametrize("way", ["up", "down"])
def test_no_transfer_is_faster_than_the_command_set(way):
    used, seconds = getattr(wire.Transfer(115200, "ideal", 0.0), way)()
    least = wire.bound(way, 115200, 20)
    assert 0.9 < used <= 1.0
    assert 0.995 * least < seconds < 1.1 * least


def test_work_costs_time():
    free = wire.Transfer(921600, "esp32", 0.0).down()
    charged = wire.Transfer(921600, "esp32", 4.0).down()
    assert charged[1] > free[1] * 1.05 and charged[0] < free[0]


def test_nothing_is_allocated_in_the_steady_state():
    rows = list(heap._steady())
    assert len(rows) > 15
    assert [row.what for row in rows if row.missed] == []


def test_a_part_is_printed_and_written(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["bench", "nonsense"])
    with pytest.raises(SystemExit):
        main()
    monkeypatch.setattr("tools.bench.__main__.BUILD", tmp_path)
    monkeypatch.setattr("tools.bench.__main__.PARTS", {"one": lambda: iter([
        Row("group", "what", 3, "bytes", 2, note="how")])})
    monkeypatch.setattr("sys.argv", ["bench"])
    assert main() == 1
    assert "MISSED" in capsys.readouterr().out
    (row,) = json.loads((tmp_path / "bench.json").read_text())["rows"]
    assert (row["value"], row["budget"], row["missed"]) == (3, 2, True)
