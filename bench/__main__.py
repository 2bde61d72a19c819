"""`make bench`: measure, and print one table of figures beside their targets and the floor.

DATABASE_URL names a PostgreSQL server on which a database may be made (and is dropped at the end);
without it an embedded one is used. The exit code is 1 when something was lost, doubled, changed or
answered with an error, 0 also when a target of speed was missed; the table says so.
"""

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from dataclasses import replace
from types import FrameType

from bench.rows import ROWS
from bench.stage import stage
from bench.table import Line, Verdict, none_at_all, render

TENANTS = 20


def names(text: str) -> list[str]:
    """Return the names of rows in a list with commas. Raises ArgumentTypeError."""
    wanted = [name.strip() for name in text.split(",")]
    unknown = sorted(set(wanted) - set(ROWS))
    if unknown:
        raise argparse.ArgumentTypeError(f"no such row: {', '.join(unknown)}; {', '.join(ROWS)}")
    return wanted


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    rows = "\n".join(f"  {name:<14}{row.MINUTES:>3} min  {row.TITLE}" for name, row in ROWS.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog=f"rows, with their time on two cores:\n{rows}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", type=names, default=list(ROWS), help="these rows: mix,storm")
    parser.add_argument("--skip", type=names, default=[], help="all but these rows: soak,kill")
    parser.add_argument(
        "--soak-minutes", type=float, metavar="N", help="instead of 30, for the row soak"
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run at all")
    parser.add_argument("--tenants", type=int, default=TENANTS, help=f"default {TENANTS}")
    parser.add_argument("--keep", action="store_true", help="use and keep the database as it is")
    return parser.parse_args(arguments)


def measure(options: argparse.Namespace) -> Iterator[Line]:
    """Make the stage, run the rows and yield their lines."""
    chosen = [name for name in ROWS if name in options.only and name not in options.skip]
    sizes = {name: ROWS[name].QUICK if options.quick else ROWS[name].FULL for name in chosen}
    if "soak" in sizes and options.soak_minutes:
        sizes["soak"] = replace(sizes["soak"], seconds=options.soak_minutes * 60)
    fresh = sum(ROWS[name].stations(size) for name, size in sizes.items())
    crowds = [ROWS[name].crowd(size, options.tenants) for name, size in sizes.items()]
    stations = max(fresh, *crowds)
    url = os.environ.get("DATABASE_URL", "")
    with stage(url, tenants=options.tenants, stations=stations, keep=options.keep) as made:
        print(made.facts(), flush=True)
        for name, size in sizes.items():
            print(f"{name}: {size}", file=sys.stderr)
            try:
                yield from ROWS[name].run(made, size)
            except Exception:  # noqa: BLE001 an hour's figures are not lost over one row
                traceback.print_exc()
                yield Line(f"{name}: rows that broke off, see above", 1, target=none_at_all())


def interrupt(number: int, frame: FrameType | None) -> None:
    """Let SIGTERM end the run like Ctrl-C: what was started is stopped, what was made deleted."""
    raise KeyboardInterrupt


def main() -> int:
    signal.signal(signal.SIGTERM, interrupt)
    lines = []
    for line in measure(parse()):
        print(f"  {line.measure}: {line.text(line.value)} {line.unit}", file=sys.stderr)
        lines.append(line)
    print(render(lines))
    return 1 if any(line.verdict is Verdict.BROKEN for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
