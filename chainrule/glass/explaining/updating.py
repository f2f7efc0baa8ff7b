"""What the optimizer did with each parameter: before, after, and its own terms, read from the Program."""

from typing import Any

import numpy as np

from chainrule.glass.explaining.gathering import Gathering
from chainrule.glass.explaining.quantity import Term, Update
from chainrule.glass.formula import names_in
from chainrule.glass.wording import Wording, identifier
from chainrule.ops.program import Program

LONG = 600
"""An update is shown whole, however long its line is."""
_MOMENTS = {
    "exp_avg": "m", "exp_avg_sq": "v", "max_exp_avg_sq": "v_max", "momentum_buffer": "velocity", "square_avg": "v",
    "grad_avg": "g_avg", "sum": "s", "acc_delta": "u",
}


def updates(gathering: Gathering) -> dict[str, Update]:
    """For each parameter that the step changes what was done to it."""
    recorded, names = gathering.recorded, gathering.names
    found = {}
    for dotted, name in names.dotted.items():
        if dotted in recorded.after:
            found[name] = _update(gathering, dotted, name)
    return found


def _update(gathering: Gathering, dotted: str, name: str) -> Update:
    recorded, numbers, names = gathering.recorded, gathering.numbers, gathering.names
    program = recorded.program
    after = recorded.after[dotted]
    words: dict[int, str] = {recorded.parameters[dotted]: name, recorded.gradients[dotted]: names.slope[name]}
    words.update((value, identifier(program.values[value].name)) for value in program.controls)
    part = _behind(program, after)
    slots = {slot.value: slot.names[0] for slot in program.slots}
    kept: list[tuple[str, int, int]] = []
    clocks: dict[int, str] = {}
    for value, slot in slots.items():
        if value not in part or value == recorded.parameters[dotted]:
            continue
        if slot.startswith(f"{dotted}."):
            moment = _MOMENTS.get(slot.rpartition(".")[2], slot.rpartition(".")[2])
            words[value] = moment
            if slot in recorded.after:
                kept.append((moment, value, recorded.after[slot]))
        elif "[" in slot and slot in recorded.after:
            clock = "t" if slot.startswith("step") else identifier(slot)
            clocks[value], clocks[recorded.after[slot]] = f"{clock}_old", clock
    words.update(clocks)
    for moment, _, new in kept:
        words[new] = f"{moment}_new"
    terms = []
    turned = name in names.turned
    if recorded.clipped[dotted] != recorded.gradients[dotted]:
        clipped = f"clipped_d{name}"
        expression = Wording(program, {**words, **_norm(gathering)}, LONG).of(recorded.clipped[dotted])
        terms.append(Term(clipped, expression, None, _shown(numbers[recorded.clipped[dotted]], turned=turned)))
        words[recorded.clipped[dotted]] = clipped
    for moment, old, new in kept:
        rest = Wording(program, {value: word for value, word in words.items() if value != new}, LONG)
        before, now = (_shown(numbers[value], turned=turned) for value in (old, new))
        terms.append(Term(f"{moment}_new", rest.of(new), before, now))
    expression = Wording(program, words, LONG).of(after)
    used = set(names_in(expression)).union(*[names_in(term.expression) for term in terms])
    part = part.union(*(_behind(program, new) for _, _, new in kept))
    settings = {
        identifier(program.values[value].name): float(numbers[value]) for value in program.controls
        if value in part and identifier(program.values[value].name) in used  # other groups have other numbers
    }
    if "norm" in used:
        settings["norm"] = norm_of(gathering) or 0.0
    settings.update((word, float(numbers[value])) for value, word in clocks.items() if word in used)
    settings = dict(sorted(settings.items(), key=lambda pair: pair[0] != "lr"))  # the learning rate first
    return Update(
        name, expression, _shown(numbers[recorded.parameters[dotted]], turned=turned),
        _shown(numbers[after], turned=turned), tuple(terms), settings,
    )


def _norm(gathering: Gathering) -> dict[int, str]:
    """The norm of all gradients together, where they were clipped by it."""
    program = gathering.recorded.program
    regions = {place: region.name for place, region in enumerate(program.regions)}
    for entry in program.entries:
        if entry.region is not None and regions[entry.region] == "clip_share" and entry.primitive == "maximum":
            return {entry.args[0]: "norm"}
    return {}


def norm_of(gathering: Gathering) -> float | None:
    """The norm of all gradients before clipping; None where nothing was clipped by it."""
    found = _norm(gathering)
    return float(gathering.numbers[next(iter(found))]) if found else None


def _behind(program: Program, end: int) -> set[int]:
    """Every value that one is computed from."""
    maker = {out: entry for entry in program.entries for out in entry.outs}
    seen, stack = set(), [end]
    while stack:
        value = stack.pop()
        if value in seen:
            continue
        seen.add(value)
        if value in maker:
            stack += maker[value].args
    return seen


def _shown(array: Any, *, turned: bool) -> Any:
    shown = np.array(np.asarray(array).T if turned else array, order="C")
    shown.flags.writeable = False
    return shown
