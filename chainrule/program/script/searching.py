"""L-BFGS as functions of a script: it asks for the loss at several points a step, so its loop is written out."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.language import say
from chainrule.program.script.layout import quoted, wrapped

if TYPE_CHECKING:
    from chainrule.program.script.composing import Composed

MEMORY = {"n_iter": "k", "t": "t", "d": "d", "prev_flat_grad": "g", "old_dirs": "ys", "old_stps": "ss", "ro": "rhos",
          "H_diag": "h"}
"""What the optimizer keeps, and what a script calls it."""


@dataclass
class Search:
    """The optimizer as plain data.

    Args:
        parameters: its tensors, in its order.
        numbers: of its group.
        state: what it has kept so far, arrays and lists of arrays.
        clipped: whether gradients are cut back before it sees them.
    """

    parameters: list[Any]
    numbers: dict[str, Any]
    state: dict[str, Any]
    clipped: bool = False

    @property
    def constants(self) -> dict[str, float]:
        """Upper-case names to numbers."""
        names = ("lr", "max_iter", "max_eval", "tolerance_grad", "tolerance_change", "history_size")
        return {name.upper(): self.numbers[name] for name in names}

    @property
    def wolfe(self) -> bool:
        """Whether it searches along each direction."""
        return self.numbers["line_search_fn"] is not None

    def memory(self) -> dict[str, Any]:
        """What it has kept, under the names of a script."""
        return {"k": 0} | {MEMORY[name]: value for name, value in self.state.items() if name in MEMORY}


VECTOR = '''\
def vector(arrays):
    """{vector}"""
{flat}


def put(x):
    """{put}"""
{parts}


def evaluate({batch}):
    """{evaluate}"""
{passes}
'''
DIRECTION = '''\
def direction(g):
    """{direction}"""
    if memory["k"] == 1:
        memory.update(ys=[], ss=[], rhos=[], h=1.0)
        return -g  # d = −∇L
    y, s = g - memory["g"], memory["t"] * memory["d"]  # y = ∇L − ∇L′,  s = t d
    curvature = float(y @ s)  # yᵀs
    if curvature > 1e-10:
        for name, new in ("ys", y), ("ss", s), ("rhos", 1.0 / curvature):  # ρ = 1 / yᵀs
            memory[name] = [*memory[name], new][-HISTORY_SIZE:]
        memory["h"] = curvature / float(y @ y)  # h = yᵀs / yᵀy
    q, alphas = -g, []
    for y, s, rho in zip(memory["ys"][::-1], memory["ss"][::-1], memory["rhos"][::-1]):  # {newest}
        alphas.append(float(s @ q) * rho)  # α = ρ sᵀq
        q = q - alphas[-1] * y  # q = q − α y
    d = memory["h"] * q  # d = h q
    for y, s, rho, alpha in zip(memory["ys"], memory["ss"], memory["rhos"], alphas[::-1]):  # {oldest}
        d = d + (alpha - float(y @ d) * rho) * s  # d = d + (α − ρ yᵀd) s
    return d
'''
WOLFE = '''\
Point = namedtuple("Point", "t loss gradient slope")  # {point}


def lowest(a, b, least, most):
    """{lowest}"""
    a, b = (a, b) if a.t <= b.t else (b, a)
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)  # d₁ = f′(a) + f′(b) − 3 (f(a) − f(b)) / (a − b)
    square = d1 * d1 - a.slope * b.slope  # d₂² = d₁² − f′(a) f′(b)
    if not square >= 0:
        return (least + most) / 2
    d2 = float(np.sqrt(square))
    top, bottom = b.slope + d2 - d1, b.slope - a.slope + 2 * d2
    if bottom == 0:
        return most if top < 0 else least if top > 0 else (least + most) / 2
    return min(max(b.t - (b.t - a.t) * (top / bottom), least), most)


def inside(bracket, stuck):
    """{inside}"""
    left, right = sorted((bracket[0].t, bracket[1].t))
    t, margin = lowest(bracket[0], bracket[1], left, right), 0.1 * (right - left)
    if min(right - t, t - left) >= margin:
        return t, False
    if stuck or t >= right or t <= left:
        return (right - margin if abs(t - right) < abs(t - left) else left + margin), False
    return t, True


def line_search(at, start, t, longest, most):
    """{wolfe}"""
    def too_high(p):
        return p.loss > start.loss + 1e-4 * p.t * start.slope  # f(t) > f(0) + c₁ t f′(0)

    def flat(p):
        return abs(p.slope) <= -0.9 * start.slope  # |f′(t)| ≤ −c₂ f′(0)

    last, new, tries, bracket = start, at(t), 0, None
    while tries < most and bracket is None:  # {widen}
        rises = too_high(new) or (tries > 1 and new.loss >= last.loss)
        if not rises and flat(new):
            return new, tries + 1
        if rises or new.slope >= 0:
            bracket = [last, new]
        else:
            further = lowest(last, new, new.t + 0.01 * (new.t - last.t), new.t * 10)
            last, new, tries = new, at(further), tries + 1
    bracket = bracket or [start, new]
    low, stuck = int(not bracket[0].loss <= bracket[1].loss), False
    while tries < most and abs(bracket[1].t - bracket[0].t) * longest >= 1e-9:  # {narrow}
        t, stuck = inside(bracket, stuck)
        new, tries = at(t), tries + 1
        if too_high(new) or new.loss >= bracket[low].loss:
            bracket[1 - low] = new
            low = int(not bracket[0].loss <= bracket[1].loss)
            continue
        done = flat(new)
        if not done and new.slope * (bracket[1 - low].t - bracket[low].t) >= 0:
            bracket[1 - low] = bracket[low]
        bracket[low] = new
        if done:
            break
    return bracket[low], tries + 1
'''
UPDATE = '''\
def update({batch}{moving}):
    """{update}"""
{draws}    first, g = evaluate({batch})
    loss, evaluations = first, 1
    if np.abs(g).max() <= TOLERANCE_GRAD:
        return first
    x = vector(weights)
    for iteration in range(1, MAX_ITER + 1):
        memory["k"] += 1
        d = direction(g)  # d = −H ∇L
        t = {lr} if memory["k"] > 1 else {lr} * min(1.0, 1.0 / float(np.abs(g).sum()))  # t = η min(1, 1 / Σ |∇L|)
        slope, before = float(g @ d), loss  # f′(0) = ∇Lᵀd
        memory.update(d=d, t=t, g=g)
        if slope > -TOLERANCE_CHANGE:
            break
{step}
        if (evaluations >= MAX_EVAL or np.abs(g).max() <= TOLERANCE_GRAD
                or np.abs(t * d).max() <= TOLERANCE_CHANGE or abs(loss - before) < TOLERANCE_CHANGE):
            break
    return first
'''
PLAIN = """\
        x = x + t * d  # x = x + t d
        put(x)
        if iteration < MAX_ITER:
{draws}            loss, g = evaluate({batch})
            evaluations += 1"""
SEARCHED = """\

        def at(t):  # {along}
            put(x + t * d)
{draws}            loss, g = evaluate({batch})
            return Point(t, loss, g, float(g @ d))  # f′(t) = ∇Lᵀd

        start, longest = Point(0.0, loss, g, slope), float(np.abs(d).max())
        found, count = line_search(at, start, t, longest, MAX_EVAL - evaluations)
        t, loss, g, _ = found
        memory["t"], evaluations = t, evaluations + count
        x = x + t * d  # x = x + t d
        put(x)"""


def functions(search: Search, made: "Composed", lang: str, optimizer: str) -> list[str]:
    """The update of a script and what it calls.

    Args:
        search: the optimizer.
        made: the parts of the script.
        lang: of its words.
        optimizer: in its own words.
    """

    def words(*keys: str) -> dict[str, str]:
        return {key: say(f"script.search_{key}", lang) for key in keys}

    batch = ", ".join(made.inputs.values())
    draws = 'clock["draws"]' if "draws" in made.stores.first.get("clock", {}) else ""
    again = f"            {draws} = draws  # {say('script.search_again', lang)}\n" if draws else ""
    flat, parts = _layout(search, made)
    found = VECTOR.format(
        **words("vector", "put", "evaluate"), flat=flat, parts=parts, batch=batch, passes=_passes(search, made, batch)
    ).splitlines()
    found += ["", "", *DIRECTION.format(**words("direction", "newest", "oldest")).splitlines()]
    if search.wolfe:
        found += ["", "", *WOLFE.format(**words("point", "lowest", "inside", "wolfe", "widen", "narrow")).splitlines()]
    step = SEARCHED if search.wolfe else PLAIN
    update = UPDATE.format(
        update=say("script.update", lang, optimizer=optimizer), batch=batch, lr=next(iter(made.moving), "LR"),
        moving="".join(f", {name}" for name in made.moving), draws=f"    draws = {draws}\n" if draws else "",
        step=step.format(batch=batch, draws=again, **words("along")),
    )
    return [*found, "", "", *update.splitlines()]


def _passes(search: Search, made: "Composed", batch: str) -> str:
    """Forward and backward pass, with functions of its own for a short last batch where there are such."""
    names, found = ["forward", "backward"], []
    if made.last is not None:
        found.append(f"    last = len({next(iter(made.inputs.values()))}) == {made.last.training.full.rows}")
        names = [f"({name}_last if last else {name})" for name in names]
    slopes = f"{names[1]}({batch}, cache)"
    found.append(f"    loss, cache = {names[0]}({batch})")
    found.append(f"    return float(loss), vector({f'clip({slopes})' if search.clipped else slopes})")
    return "\n".join(found)


def _layout(search: Search, made: "Composed") -> tuple[str, str]:
    """How parameters and their gradients lie in the one long vector, and how they come back out of it."""
    program, flat, parts, begin = made.program, [], [], 0
    for tensor in search.parameters:
        shape, key, end = tensor.shape, "", begin + prod(tensor.shape)
        for number, (_, name) in made.stores.place.items():
            if made.stores.tensors[number] is tensor and name in made.returned:
                key, slot = name, program.slots[number]
        if not key:  # it has no gradient; but it has its place in every sum
            flat.append(f"np.zeros({end - begin}{'' if tensor.dtype == 'float64' else f', np.{tensor.dtype}'})")
            begin = end
            continue
        view = made.draft.views.get(slot.value)
        axes = tuple(range(len(shape))) if view is None else view[1]
        order = tuple(sorted(range(len(axes)), key=axes.__getitem__))
        given, taken = f'arrays["{key}"]', f"x[{begin}:{end}]"
        if len(shape) != 1:
            given += f"{_turned(axes)}.ravel()"
            taken += f".reshape({', '.join(map(str, shape)) or '()'}){_turned(order)}"
            taken += ".copy()" if _turned(order) else ""
        flat.append(given)
        parts += wrapped(f"    weights[{quoted(key)}] = {taken}", 4)
        begin = end
    return "\n".join(wrapped(f"    return np.concatenate([{', '.join(flat)}])", 4)), "\n".join(parts)


def _turned(axes: tuple[int, ...]) -> str:
    if axes == tuple(range(len(axes))):
        return ""
    return ".T" if axes == tuple(reversed(range(len(axes)))) else f".transpose({axes})"


def plain(state: dict[str, Any]) -> dict[str, Any]:
    """What an optimizer keeps, as arrays and numbers."""

    def one(value: Any) -> Any:
        if isinstance(value, list):
            return [one(part) for part in value]
        return np.array(value._array) if hasattr(value, "_array") else value

    return {name: one(value) for name, value in state.items()}


def memory_text(search: Search, array: Callable[[str, Any], str]) -> str:
    """The dict of what it has kept.

    Args:
        search: the optimizer.
        array: from a key and an array to its text.
    """

    def text(key: str, value: Any) -> str:
        if isinstance(value, list):
            return f"[{', '.join(text(f'{key}.{i}', part) for i, part in enumerate(value))}]"
        return array(f"memory.{key}", value) if isinstance(value, np.ndarray) else repr(value)

    return f"{{{', '.join(f'{quoted(key)}: {text(key, value)}' for key, value in search.memory().items())}}}"
