"""The pages of `make bench` and `make soak`."""

from tools.trace import figures

ROW = {"group": "heap", "unit": "bytes", "least": False, "note": "", "missed": False}
SOAK = {
    "transactions": 70, "wanted": 100, "hours": 2.25, "broken": "", "objects": [10, 11, 11],
    "errors": {"ETIMEDOUT": 3}, "faults": {"mute": 2, "restart": 1}, "seed": 5,
}  # fmt: skip


def test_the_page_of_bench_shows_what_is_used_of_each_budget(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "PAGES", tmp_path)
    rows = [
        ROW | {"what": "import", "value": 1200, "budget": 1000, "missed": True},
        ROW | {"what": "efficiency", "value": 0.98, "budget": 0.98, "least": True},
        ROW | {"what": "frozen", "value": None, "budget": 9216, "note": "no firmware"},
        ROW | {"what": "a <name>", "value": 7, "budget": None},
    ]
    page = figures.bench_page({"rows": rows}).read_text()
    assert "4 figures, 2 with a budget, 1 of these missed." in page
    assert "<td>1200 bytes</td><td>≤ 1000</td><td>MISSED</td>" in page
    assert "<td>–</td><td>≤ 9216</td><td></td><td>no firmware</td>" in page
    assert "<td>a &lt;name&gt;</td>" in page
    assert '"x":[1.2,1.0]' in page


def test_a_budget_of_zero_is_kept_or_missed(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "PAGES", tmp_path)
    rows = [
        ROW | {"what": "poll", "value": 0, "budget": 0},
        ROW | {"what": "write", "value": 16, "budget": 0, "missed": True},
    ]
    assert '"x":[0.0,1.5]' in figures.bench_page({"rows": rows}).read_text()


def test_the_page_of_a_soak_says_when_it_was_ended_early(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "PAGES", tmp_path)
    page = figures.soak_page(SOAK).read_text()
    assert "70 transactions of 100, ended early, 2.2 hours of virtual time: nothing was" in page
    assert "<td>seed</td><td>5</td>" in page
    assert '"y":["restart","mute"]' in page and '"y":["ETIMEDOUT"]' in page


def test_the_page_of_a_broken_soak_says_what_broke(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "PAGES", tmp_path)
    page = figures.soak_page(SOAK | {"transactions": 100, "broken": "3 bytes lost"}).read_text()
    assert "<p>100 transactions, 2.2 hours of virtual time: 3 bytes lost.</p>" in page
