"""Some figures of the bench, small: that they are taken, and taken rightly."""

import json

import pytest

from tools.bench import clients, commands, heap, rigs, shape, wire
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
    assert len(rows) > 10
    assert [row.what for row in rows if row.missed] == []


def test_a_part_is_printed_and_written(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["bench", "nonsense"])
    with pytest.raises(SystemExit):
        main()
    monkeypatch.setattr("tools.bench.__main__.BUILD", tmp_path)
    monkeypatch.setattr("tools.bench.__main__.PARTS", {"one": (lambda: iter([
        Row("group", "what", 3, "bytes", 2, note="how")]), 1)})
    monkeypatch.setattr("sys.argv", ["bench"])
    assert main() == 1
    assert "MISSED" in capsys.readouterr().out
    (row,) = json.loads((tmp_path / "bench.json").read_text())["rows"]
    assert (row["value"], row["budget"], row["missed"]) == (3, 2, True)


def test_a_row_that_could_not_be_taken_is_no_miss():
    row = Row("g", "w", None, "bytes", 1)
    assert (row.missed, row.shown(), row.state()) == (False, "–", "")


def test_each_piece_that_a_blocking_client_writes_is_a_send():
    assert clients._sends(rigs.ready(115200), clients._get, clients._WEB) == 2 + 4 * 4
    assert clients._sends(rigs.ready(115200), clients._publish, clients._BROKER) == 5


def test_the_commands_of_a_warm_start_come_before_it_transmits():
    row = commands._warm()
    names = row.note.rpartition(": ")[2].split(", ")
    assert row.value == names.index("QIOPEN") > 0


class Base:
    def one(self):
        """A method."""


class Larger(Base):
    __slots__ = ("slot",)

    def __init__(self):
        self.slot = True
        self.other = self.flag = False

    def two(self):
        """Another."""


def test_objects_and_classes_are_counted_with_what_they_inherit():
    thing = Larger()
    assert set(shape.attributes(thing)) == {"slot", "other", "flag"}
    assert (shape.flags(thing), shape.methods(Larger)) == (3, 3)
    rig = rigs.ready()
    rig.socket(rigs.SINK)
    found = shape.objects(rig)
    assert rig.nic in found and len({type(thing) for thing in found}) > 3
