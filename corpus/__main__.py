"""`python -m corpus`: which cases count (`keep`), what the doctor says of them (`score`), and the page (`table`)."""

import os

for _name in ("CHAINRULE_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy reads it: every process has one processor

import argparse

from corpus.case import KINDS
from corpus.running import keep, raced, scored


def parser() -> argparse.ArgumentParser:
    """All arguments."""
    made = argparse.ArgumentParser(prog="python -m corpus", description="The doctor's score.")
    commands = made.add_subparsers(dest="command", required=True)
    does = {
        "keep": "find out which cases count", "score": "ask the doctor", "rivals": "ask the others",
        "table": "write results/table.md and its Chinese twin",
    }
    for name, words in does.items():
        command = commands.add_parser(name, help=words)
        command.add_argument("--part", choices=("development", "sealed"), action="append", help="default: development")
        command.add_argument("--kind", choices=(*KINDS, "neutral"), action="append", help="default: all")
        command.add_argument("--name", action="append", help="only faults, provocations … of this name")
        if name != "table":
            command.add_argument("--jobs", type=int, default=2, help="processes; default 2")
        if name in ("score", "rivals"):
            command.add_argument("--share", type=float, default=1.0, help="a random share of the cases; default all")
            command.add_argument("--draw", type=int, default=0, help="which random share")
        if name == "score":
            command.add_argument("--budget", type=float, default=10.0, help="seconds for experiments; default 10")
            command.add_argument("--again", action="store_true", help="ask again what was asked before")
    return made


def main() -> int:
    """Do what was asked for."""
    asked = parser().parse_args()
    asked.part = asked.part or ["development"]
    if asked.command == "keep":
        keep(asked.part, asked.kind, asked.name, asked.jobs)
        return 0
    if asked.command == "score":
        scored(asked)
        return 0
    if asked.command == "rivals":
        raced(asked)
        return 0
    from corpus.page import write

    print(*write(asked.part), sep="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
