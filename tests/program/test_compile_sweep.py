"""Every public function of tensors, called with ever other numbers: compiled, it gives what it gives without."""

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.nn import functional as F
from tests.program.world import alike, flat

# What an argument may be; every combination that a function takes is tried, the first two of each.
SHAPES = {"x": (3, 4), "y": (3, 4), "v": (4,), "m": (4, 3), "b": (2, 3, 4, 4)}
PATTERNS = [
    ("x",), ("x", 0), ("x", 1), ("x", "y"), ("x", 2.0), ("x", "x > 0"), ("x", "x > 0", "y"), ("x", "m"), ("x", "v"),
    ("v",), ("v", "v"), ("x", 1, "i"), ("x", 1, "i", "y"), ("x", 0, 1), ("x", (12,)), ("x", 2), ("b",), ("b", 2),
    ("x", 0.5), ("p",), ("p", 2), ("k",), ("x", "k3"), ("x > 0",), ("x > 0", "x", "y"), ("x", "y", 0.5), ("b", (1, 2)),
    ("s", "c"), ("s", "q"), ("i",), ("x", "y", "y"), ("x", -0.5, 0.5), ("x", "x > 0", 2.0),
]
SKIPPED = {
    "set_default_dtype", "no_grad", "enable_grad", "set_grad_enabled", "manual_seed", "compile",  # change what holds
    "grad", "value_and_grad", "shared_storage",  # give functions and tokens, which cannot be compared
}


def arguments(pattern: tuple[Any, ...], draw: np.random.Generator) -> list[Any]:
    """Tensors with new numbers for the letters of a pattern."""
    made: dict[str, Any] = {name: cr.tensor(draw.normal(size=shape)) for name, shape in SHAPES.items()}
    made["x > 0"] = made["x"] > 0
    made["i"] = cr.tensor(draw.integers(0, 3, (3, 4)))
    made["k"] = cr.tensor(draw.integers(0, 5, 6))
    made["k3"] = cr.tensor(draw.integers(1, 3, 3))
    made["p"] = cr.tensor(draw.uniform(0.1, 0.9, (3, 4)))
    made["s"], made["c"] = made["x"], cr.tensor(draw.integers(0, 4, 3))
    made["q"] = cr.tensor(draw.uniform(0.0, 1.0, (3, 4)) > 0.5, dtype=np.float32)
    return [made[part] if isinstance(part, str) else part for part in pattern]


def functions() -> Iterator[tuple[str, Any]]:
    for room, where in (("cr", cr), ("F", F)):
        for name in sorted(where.__all__ if room == "cr" else dir(F)):
            thing = getattr(where, name)
            if name not in SKIPPED and not name.startswith("_") and callable(thing) and not inspect.isclass(thing):
                yield f"{room}.{name}", thing
    for name in sorted(dir(cr.Tensor)):
        if not name.startswith("_") and name not in SKIPPED and callable(getattr(cr.Tensor, name)):
            yield f"Tensor.{name}", getattr(cr.Tensor, name)


FUNCTIONS = dict(functions())


def tried(function: Any, args: list[Any]) -> Any:
    try:
        return flat(function(*args))
    except Exception as error:  # noqa: BLE001 - whatever it refuses, it must refuse compiled too
        return type(error)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function(name: str) -> None:
    function = FUNCTIONS[name]
    taken = 0
    for number, pattern in enumerate(PATTERNS):
        cr.manual_seed(number)
        if isinstance(tried(function, arguments(pattern, np.random.default_rng(0))), type):
            continue
        taken += 1
        call = lambda *args: function(*args)
        told = []
        for f in (call, cr.compile(call, engine="numpy")):
            draw = np.random.default_rng(1)
            cr.manual_seed(7)
            told.append([])
            for _ in range(5):
                args = arguments(pattern, draw)
                told[-1].append((tried(f, args), flat([a for a in args if isinstance(a, cr.Tensor)])))
        assert alike(*told), f"{name}{pattern}\n{f.report()}"
        if taken == 2:
            break
