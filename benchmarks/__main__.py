"""`python -m benchmarks`: races, cost curves, learning, and the page that is written from their results."""

import argparse
import json
import os
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import benchmarks
from benchmarks import results
from benchmarks.race import FULL, QUICK, ROUNDS, Race, run


def races() -> dict[str, Race]:
    """Every race by its number: one or several in each file `pNN_name.py` of this folder."""
    names = (found.name for found in pkgutil.iter_modules(benchmarks.__path__))
    modules = [import_module(f"benchmarks.{name}") for name in sorted(names) if name[0] == "p" and name[1:3].isdigit()]
    found = [race for module in modules for race in getattr(module, "RACES", None) or (module.RACE,)]
    return {race.id: race for race in found}


def chosen(asked: list[str], known: dict[str, Race]) -> tuple[list[str], list[str]]:
    """The races that were asked for, all unless named, and names that there are none for; `P11` is P11a and P11b."""
    families = {name: [id for id in known if id == name or (id[:-1] == name and id[-1].isalpha())] for name in asked}
    wanted = [id for found in families.values() for id in found] if asked else list(known)
    return list(dict.fromkeys(wanted)), sorted(name for name, found in families.items() if not found)


def parser() -> argparse.ArgumentParser:
    """All arguments."""
    made = argparse.ArgumentParser(prog="python -m benchmarks", description="chainrule against its peers.")
    made.add_argument("races", nargs="*", metavar="RACE", help="P1 ... P19; all unless named")
    made.add_argument("--json", action="store_true", help="print JSON instead of tables")
    made.add_argument("--rounds", type=int, default=ROUNDS, help=f"at least 7; default {ROUNDS}")
    made.add_argument("--quick", action="store_true", help="short rounds and little data: to see that everything runs")
    made.add_argument("--one-core", action="store_true", help="on one processor, for us and for every peer")
    made.add_argument("--curves", action="store_true", help="time a step against width, batch and depth, with pictures")
    made.add_argument("--learning", action="store_true", help="what is learnt, not how fast: dense, conv, GPT")
    made.add_argument("--page", action="store_true", help="write docs/performance.md from the results")
    made.add_argument("--out", type=Path, help="where results are written; default benchmarks/results, --quick nowhere")
    made.add_argument("--dry", action="store_true", help="write nothing")
    return made


def main() -> int:
    """Do what was asked for; 1 when losses that have to agree do not or a race broke, 2 for a wrong call."""
    arguments = parser()
    asked = arguments.parse_args()
    if asked.rounds < 7:
        arguments.error("medians of fewer than 7 rounds say little")
    if asked.one_core and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    folder = None if asked.dry else asked.out or (None if asked.quick else results.FOLDER)
    if asked.page:
        from benchmarks.page import write

        print(write(asked.out or results.FOLDER))
        return 0
    if asked.curves:
        from benchmarks.curves import main as draw

        return draw(folder, quick=asked.quick, as_json=asked.json)
    if asked.learning:
        from benchmarks.learning import main as learn

        return learn(asked.races, folder, quick=asked.quick, as_json=asked.json)
    known = races()
    wanted, unknown = chosen(asked.races, known)
    if unknown:
        arguments.error(f"no such race: {', '.join(unknown)}; there are {', '.join(known)}")
    return _races(wanted, asked, folder)


def _races(wanted: list[str], asked: argparse.Namespace, folder: Path | None) -> int:
    """Run races and print them; each of several in a process of its own, for thread pools of peers outlive a race."""
    from benchmarks import machine, report

    about = machine.describe()
    if not asked.json:
        print(results.machine(about), flush=True)
    rows, broken = [], 0
    for id in wanted:
        row = _alone(id, asked) if len(wanted) > 1 else _row(id, asked)
        if row is None:
            broken += 1
            continue
        rows.append(row)
        if folder is not None and "absent" not in row:
            results.write(folder, results.number(id) + "_one_core" * asked.one_core, "race", about, row)
        if not asked.json:
            print("\n" + report.table(row), flush=True)
    if folder is not None:
        results.write_table(folder)
    if asked.json:
        print(json.dumps({"machine": about, "races": rows}, indent=1))
    return 1 if broken or not all(row["losses agree"] for row in rows) else 0


def _row(id: str, asked: argparse.Namespace) -> dict[str, Any]:
    from benchmarks import report

    race = races()[id]
    try:
        return report.data(race, run(race, asked.rounds, QUICK if asked.quick else FULL))
    except ImportError as error:
        return report.absent(race, str(error))


def _alone(id: str, asked: argparse.Namespace) -> dict[str, Any] | None:
    """One race in a process of its own; `None` when it broke, which has then been said."""
    command = [sys.executable, "-m", "benchmarks", id, "--json", "--rounds", str(asked.rounds), "--dry"]
    command += ["--quick"] * asked.quick + ["--one-core"] * asked.one_core
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    try:
        found: dict[str, Any] = json.loads(done.stdout)["races"][0]
    except (json.JSONDecodeError, IndexError):
        print(f"\n{id}  broke, see above", file=sys.stderr, flush=True)
        return None
    return found


if __name__ == "__main__":
    raise SystemExit(main())
