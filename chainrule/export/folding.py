"""What a forward pass computes from its own weights alone, computed once and for all."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from chainrule.export.given import Array
from chainrule.export.rows import has_rows
from chainrule.ops.program import PRIMITIVES, WEAK, Entry, Program
from chainrule.ops.text import compile_primitive

Keep = Callable[[Entry, dict[int, Any]], bool]


def folded(
    program: Program, arrays: dict[int, Array], numbers: dict[int, Any], keep: Keep | None = None
) -> dict[int, Any]:
    """The values that depend on no input: numbers, and arrays.

    Args:
        program: a forward pass.
        arrays: what its slots hold.
        numbers: its controls and Python numbers.
        keep: whether an entry stays to be computed all the same, from the entry and what is known before it; None
            keeps none. What depends on the number of rows always stays.
    """
    known: dict[int, Any] = {**arrays, **numbers}
    for entry in program.entries:
        if entry.body is not None or any(arg not in known for arg in entry.args):
            continue
        if has_rows(entry.static) or any(has_rows(program.values[out].shape) for out in entry.outs):
            continue
        weak = all(program.values[out].dtype == WEAK for out in entry.outs)
        if not weak and keep is not None and keep(entry, known):
            continue
        run = compile_primitive(PRIMITIVES[entry.primitive], len(entry.args), entry.static)
        with np.errstate(all="ignore"):
            made = run(*(known[arg] for arg in entry.args))
        known.update(zip(entry.outs, made if isinstance(made, tuple) else (made,), strict=True))
    return known


def labels_of(
    program: Program, names: Mapping[int, str], known: Mapping[int, Any], silent: Collection[str] = ()
) -> dict[int, str]:
    """What arrays are called: weights by their names, what is computed from them after these and the last operation.

    Args:
        program: a forward pass.
        names: of its slots.
        known: what `folded` has found.
        silent: operations that add nothing to a name.
    """
    labels, firsts = dict(names), dict(names)
    for entry in program.entries:
        for out in entry.outs:
            if out in known:
                first = firsts[out] = next((firsts[arg] for arg in entry.args if arg in firsts), "")
                same = first and entry.primitive in silent
                labels[out] = labels[entry.args[0]] if same else "_".join(filter(None, (first, entry.primitive)))
    return labels
