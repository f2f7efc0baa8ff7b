"""How often each number of a value is read: what is read once is computed where it is read."""

from collections import Counter
from math import prod

from chainrule.export.loops.expressions import EXPRESSIONS
from chainrule.ops.program import Program

VIEWS = frozenset(("permute", "reshape", "slice", "contiguous", "copy"))
ONCE = frozenset((
    "sum", "max", "min", "argmax", "argmin", "cumsum", "concatenate", "place", "put", "fold", "cast",
))


def reads_of(program: Program) -> Counter[int]:
    """Of each value how often its numbers are read; 2 stands for many."""
    found: Counter[int] = Counter(program.outputs)
    values = program.values
    for entry in reversed(program.entries):
        size = prod(values[entry.outs[0]].shape)
        for arg in entry.args:
            same = prod(values[arg].shape) == size
            if entry.primitive in VIEWS:
                found[arg] += found[entry.outs[0]]
            elif entry.primitive in EXPRESSIONS:
                found[arg] += 1 if same else 2
            elif entry.primitive == "expand":
                found[arg] += found[entry.outs[0]] * (1 if same else 2)
            else:
                found[arg] += 1 if entry.primitive in ONCE else 2
    return found
