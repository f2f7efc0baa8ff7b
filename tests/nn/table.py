"""The contract table of `nn`: every row of every family.

A family of modules or functions puts its rows into a file of its own in `tests/nn/rows/`: lists `MODULES` and
`FUNCTIONS`, and `ELSEWHERE`, from public names without a row to the test that holds them. Every file there is read.
"""

import importlib
from pathlib import Path

from tests.nn.contract import FunctionRow, ModuleRow

FAMILIES = [
    importlib.import_module(f"tests.nn.rows.{path.stem}")
    for path in sorted((Path(__file__).parent / "rows").glob("*.py"))
]
MODULES: list[ModuleRow] = [row for family in FAMILIES for row in getattr(family, "MODULES", ())]
FUNCTIONS: list[FunctionRow] = [row for family in FAMILIES for row in getattr(family, "FUNCTIONS", ())]
ELSEWHERE: dict[str, str] = {
    name: place for family in FAMILIES for name, place in getattr(family, "ELSEWHERE", {}).items()
}
