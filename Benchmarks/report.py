"""What was found, as the tables of docs/performance.md and as text."""

import json

from servers import ROOT

PAGE = ROOT / "docs/performance.md"


def _number(value, unit=""):
    digits = f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"
    return digits + unit


def table(rows):
    """The rows in Markdown."""
    lines = ["| what | measured | against | ratio | goal | |", "| --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        goal, verdict = "", ""
        if row.goal is not None:
            goal = f"at {'most' if row.at_most else 'least'} {row.goal:g}{row.unit}"
            verdict = row.verdict
        # Where there is nothing to divide by, what was measured is all there is.
        ratio = "" if row.unit or not row.against else _number(row.ratio)
        lines.append(f"| {row.what} | {row.measured} | {row.against} | {ratio} | {goal} | {verdict} |")
    return "\n".join(lines)


def settings(rows):
    """The machine and the run in Markdown."""
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)])


def put(found, name):
    """Puts a text between the markers of that name on the page."""
    begin, end = (f"<!-- {name}: {edge} -->" for edge in ("begin", "end"))
    text = PAGE.read_text()
    before, _, rest = text.partition(begin)
    _, marker, after = rest.partition(end)
    if not marker:
        raise SystemExit(f"{PAGE} has lost its markers: {begin} and {end}")
    PAGE.write_text(f"{before}{begin}\n\n{found}\n\n{end}{after}")


def write(rows, machine):
    """Puts picture and tables on the page."""
    picture = "![Requests a second, on one core](images/performance.svg)"
    put("\n\n".join([picture, table(rows), settings(machine)]), "measured")


def keep(path, rows, machine, rates):
    """The same for programs."""
    path.write_text(json.dumps(
        {"rows": [row._asdict() for row in rows], "machine": dict(machine), "rates": rates}, indent=2))
