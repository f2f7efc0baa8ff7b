"""Recurrence: one body, applied step after step; the text of the loop and its shape rule.

Arguments: the states that are carried, the sequences (steps first), the constants. Results: the last states, then
what each step gave, stacked over the steps. The body is a Program from (states, one step of each sequence,
constants) to (new states, results of the step).
"""

from chainrule.errors import ShapeError
from chainrule.ops.program import Program, Value

SCAN_PREAMBLE = """\
def scan(body, steps, reverse, states, sequences, constants):
    collected = None
    for t in reversed(range(steps)) if reverse else range(steps):
        results = body(*states, *[s[t] for s in sequences], *constants)
        states = results[:len(states)]
        if collected is None:
            collected = [np.empty((steps, *r.shape), r.dtype) for r in results[len(states):]]
        for whole, r in zip(collected, results[len(states):]):
            whole[t] = r
    return (*states, *collected)
"""


def scan_shape(
    *values: Value, body: Program, steps: int, reverse: bool, states: int, sequences: int
) -> tuple[Value, ...]:
    """The values of a scan: those of its states, and each result of the body with the steps in front."""
    if steps < 1:
        raise ShapeError("ops.scan", "scan", steps=steps)
    results = [body.values[i] for i in body.outputs]
    stacked = (
        v._replace(
            shape=(steps, *v.shape), order=tuple(range(len(v.shape) + 1)), rows=None if v.rows is None else v.rows + 1,
            origin="entry", name="", grad_of=None,
        )
        for v in results[states:]
    )
    finals = (v._replace(origin="entry", name="", grad_of=None) for v in results[:states])
    return (*finals, *stacked)


def scan_text(*names: str, body: str, steps: int, reverse: bool, states: int, sequences: int) -> str:
    """The call of the loop."""
    groups = (names[:states], names[states : states + sequences], names[states + sequences :])
    tuples = (f"({', '.join(group)}{',' if len(group) == 1 else ''})" for group in groups)
    return f"scan({body}, {steps}, {reverse}, {', '.join(tuples)})"
