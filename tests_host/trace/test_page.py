"""The page of a run, in a real browser."""

import re
import shutil
import subprocess
import sys

import pytest

from tools.mp import ROOT
from tools.trace.page import run_page
from tools.trace.recording import PAGES
from tools.trace.run import read_run

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or ""
TRACE = ROOT / "tests_host" / "traces" / "tcp_echo.jsonl"
# What a reader does: a click on the bar of the first QISEND's answer; then what it cost.
READER = """
<script>
const plots = document.querySelectorAll('.js-plotly-plot');
const lanes = plots[1];
const commands = lanes.data.find(one => one.name === 'command, OK');
const at = commands.text.indexOf('+QISENDEX');
lanes.emit('plotly_click', {points: [{customdata: commands.customdata[at]}]});
const told = document.createElement('pre');
told.id = 'told';
told.textContent = [plots.length, lanes.querySelectorAll('.bars .point').length,
  performance.getEntriesByType('resource').length, commands.hovertext[at]].join('|');
document.body.append(told);
</script>
"""

browser = pytest.mark.skipif(not BROWSER, reason="no Chromium here: apt-get install chromium")


def text(dom, name):
    """What stands in an element."""
    found = re.search(rf"<pre id=\"{name}\">(.*?)</pre>", dom, re.DOTALL)
    assert found, f"no {name} in the page"
    return found[1]


@pytest.fixture
def dom(tmp_path):
    """dom(page, script) -> the page as the browser has it, with no network to reach."""

    def dom(page, script):
        file = tmp_path / "page.html"
        file.write_text(page.replace("</body>", script + "</body>"))
        command = [
            BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
            f"--user-data-dir={tmp_path / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND",
            "--virtual-time-budget=5000", file.as_uri(),
        ]  # fmt: skip
        return subprocess.run(command, capture_output=True, text=True, timeout=100).stdout

    return dom


@browser
def test_the_page_shows_a_run_and_the_bytes_of_a_click(dom):
    shown = dom(run_page(read_run(TRACE)), READER)
    plots, bars, fetched, hover = text(shown, "told").split("|")
    assert (plots, fetched) == ("2", "0")
    assert int(bars) > 50
    assert "5 bytes up" in hover and "SEND OK after 114 ms" in hover
    assert "41 54 2b 51 49 53 45 4e 44 45 58" in text(shown, "bytes")
    assert "AT+QISENDEX=0,5," in text(shown, "bytes")


def test_the_sums_stand_in_the_page():
    page = run_page(read_run(TRACE))
    assert "<td>0 TCP 127.0.0.1:7007</td>" in page
    assert "<td>not opened: 566</td>" in page
    assert re.search(r"<td>AT\+QIRD</td><td>4</td><td></td><td>\d+</td>", page)


def test_make_trace_says_where_the_page_is():
    done = subprocess.run(
        [sys.executable, "-m", "tools.trace", str(TRACE)], cwd=ROOT, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == str(PAGES / "tcp_echo.html"), done.stderr
    assert (PAGES / "tcp_echo.html").read_text().startswith("<!DOCTYPE html>")
