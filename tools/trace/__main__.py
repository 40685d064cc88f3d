"""Makes the page of a recorded run: one HTML file that needs no network.

    python -m tools.trace build/trace/demo.jsonl [--baud 9600]

A recording is what `make record`, `make demo`, `make device-test`, the simulated module's --trace
and a failed end-to-end test leave: one JSON line a piece. The path of the page is printed.
"""

import argparse
import sys
from pathlib import Path

from tools.trace.page import run_page, write
from tools.trace.recording import PAGES, NoRecording
from tools.trace.run import read_run


def main() -> int:
    """0, or 2 with a sentence."""
    parser = argparse.ArgumentParser(prog="python -m tools.trace", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", type=Path)
    parser.add_argument("--baud", type=int, default=0, help="of the line: how long bytes take")
    args = parser.parse_args()
    try:
        run = read_run(args.file, args.baud)
    except (NoRecording, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(write(run_page(run), PAGES / f"{run.name}.html"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
