"""`python -m benchmarks [P14 P15 ...] [--json] [--rounds N]`: run races, print a table or JSON."""

import argparse
import json
import pkgutil
from importlib import import_module

import benchmarks
from benchmarks import machine, race, report
from benchmarks.race import Race


def races() -> dict[str, Race]:
    """Every race by its number: one in each file `pNN_name.py` of this folder."""
    names = (found.name for found in pkgutil.iter_modules(benchmarks.__path__))
    modules = (import_module(f"benchmarks.{name}") for name in sorted(names) if name[0] == "p" and name[1:3].isdigit())
    return {module.RACE.id: module.RACE for module in modules}


def main() -> int:
    """Run what was asked for; 1 when losses that have to agree do not, 2 for an unknown race."""
    known = races()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="chainrule against its peers.")
    parser.add_argument("races", nargs="*", metavar="RACE", help=f"of {', '.join(known)}; all unless named")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--rounds", type=int, default=race.ROUNDS, help=f"at least 7; default {race.ROUNDS}")
    asked = parser.parse_args()
    unknown = sorted(set(asked.races) - set(known))
    if unknown:
        parser.error(f"no such race: {', '.join(unknown)}; there are {', '.join(known)}")
    if asked.rounds < 7:
        parser.error("medians of fewer than 7 rounds say little")
    about = machine.describe()
    if not asked.json:
        for name, value in about.items():
            facts = value if isinstance(value, dict) else {"": value}
            words = (f"{key} {'missing' if said is None else said}".strip() for key, said in facts.items())
            print(f"{name}: {', '.join(words)}")
    rows = []
    for name in asked.races or known:
        rows.append(report.data(known[name], race.run(known[name], asked.rounds)))
        if not asked.json:
            print("\n" + report.table(rows[-1]), flush=True)
    if asked.json:
        print(json.dumps({"machine": about, "races": rows}, indent=1))
    return 0 if all(row["losses agree"] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
