"""A Program laid out to be run: its stages, its kernels, its memory, and the tables they are called with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod

import numpy as np

from chainrule.ops.program import WEAK, Program, Value
from chainrule.program.loops import tile
from chainrule.program.loops.lowering.lower import Lowering
from chainrule.program.loops.lowering.rules import RULES
from chainrule.program.loops.nests import Access, Contract, Custom, Map, Nest, Reduce, Scan, Transpose, merged
from chainrule.program.loops.small import small_kernel
from chainrule.program.loops.stages import Track, staged
from chainrule.program.loops.text.kernels import kernel_of
from chainrule.program.loops.text.loops import alike, readers
from chainrule.program.loops.text.writer import Emitted
from chainrule.program.loops.unsupported import Unsupported
from chainrule.program.loops.views import Buffer, View, dense

SMALL = 1 << 14  # products up to which a whole step is one kernel on plain loops
LARGEST = 4096  # elements of an array in such a step
MOST_ENTRIES = 500
SHARD = 10.0  # µs that a shard should take at least
MOST_SHARDS = 16
ALIGNED = 64  # bytes
WIDE = 1 << 17  # bytes of a matrix that every shard reads anew, unless it stays in the cache
ROWS = 8  # that a shard should then have at least
FAR, MANY_ROWS = 1 << 20, 32  # likewise, of a matrix that stays in no cache of its own
APART = 50.0  # µs of work that are worth a barrier


@dataclass(eq=False)
class Product:
    """A contraction that the tile computes.

    Args:
        contraction: its loops.
        arguments: A, B, C.
        factor: rows of a unit.
    """

    contraction: tile.Contraction
    arguments: list[Buffer]
    offsets: tuple[int, int, int]
    dtype: str
    factor: int
    label: str


@dataclass(eq=False)
class Turned:
    """A transposing copy."""

    nest: Transpose
    arguments: list[Buffer]
    factor: int


@dataclass(eq=False)
class Repeated:
    """The steps of a scan."""

    count: int
    steps: list[Emitted | Product | Turned]
    label: str


Work = Emitted | Product | Turned | Repeated


@dataclass(eq=False)
class Lane:
    """A track, ready to be called: its work in order, what each costs in µs, and into how many shards it falls."""

    units: int
    work: list[Work]
    costs: list[float]
    bounds: tuple[int, ...] = ()

    @property
    def cost(self) -> float:
        """µs on one core, roughly."""
        return sum(self.costs)


@dataclass(eq=False)
class Plan:
    """All of a Program's work.

    Args:
        program: what it does.
        stages: lanes of each.
        offsets: where temporary buffers lie in the arena, in bytes.
        nbytes: of the arena.
        external: buffers that somebody else holds.
    """

    program: Program
    stages: list[list[Lane]]
    offsets: dict[Buffer, int]
    nbytes: int
    external: list[Buffer]
    small: bool = False
    cost: float = 0.0
    kernels: list[Emitted] = field(default_factory=list)


def planned(program: Program, gradients: bool = True) -> Plan:
    """The plan of a Program.

    Args:
        program: to be run.
        gradients: keep the gradients that the step leaves behind.

    Raises:
        Unsupported: when there are no loops for something in it.
    """
    if is_small(program):
        nests = lowered(program, gradients, rows_last=True)
        if not any(isinstance(nest, (Custom, Scan)) for nest in nests):
            stages = staged(nests)
            cost = sum(track.cost for tracks in stages for track in tracks)
            return laid_out(program, stages, small=True, cost=cost)
    stages = staged(lowered(program, gradients))
    return laid_out(program, stages, small=False, cost=sum(track.cost for tracks in stages for track in tracks))


def lowered(program: Program, gradients: bool, rows_last: bool = False) -> list[Nest]:
    """The nests of a Program, without those that nobody needs."""
    lowering = Lowering(program, RULES, _given(program), rows_last)
    lowering.run()
    _finish(lowering, program, gradients)
    nests = _needed(lowering.nests)
    for nest in nests:
        if isinstance(nest, Contract):
            nest.flat = not rows_last and _product(nest, 1) is not None
    return nests


def laid_out(program: Program, stages: list[list[Track]], small: bool, cost: float) -> Plan:
    """The plan of stages of tracks."""
    users = readers(nest for tracks in stages for track in tracks for _, nest in track.nests)
    lanes: list[list[Lane]] = []
    if small:
        emitted = small_kernel(stages, users)
        lanes.append([Lane(1, [emitted], [cost], (0, 1))])
    else:
        for s, tracks in enumerate(stages):
            parts = [_phases(_lane(track, users, f"{s}_{t}")) for t, track in enumerate(tracks)]
            if sum(lane.cost for part in parts for lane in part) < 2 * SHARD:  # too little to be shared
                lanes += [[lane] for part in parts for lane in part]
                continue
            lanes += [[part[k] for part in parts if k < len(part)] for k in range(max(map(len, parts), default=0))]
    offsets, nbytes, external = _memory(lanes)
    plan = Plan(program, lanes, offsets, nbytes, external, small, cost)
    for beside in lanes:
        for lane in beside:
            for work in lane.work:
                inner = work.steps if isinstance(work, Repeated) else [work]
                plan.kernels += [one for one in inner if isinstance(one, Emitted)]
    return plan


def _given(program: Program) -> dict[int, View]:
    """Where what comes from outside lies."""
    found: dict[int, View] = {}

    def add(index: int, kind: str, key: int, name: str) -> None:
        value = program.values[index]
        dtype = "float64" if value.dtype == WEAK else value.dtype
        found[index] = dense(Buffer(dtype, prod(value.shape), kind, key, name or kind), value)

    for k, index in enumerate(program.inputs):
        add(index, "input", k, program.values[index].name)
    for k, index in enumerate(program.controls):
        add(index, "control", k, program.values[index].name)
    for k, slot in enumerate(program.slots):
        add(slot.value, "slot" if slot.role != "gradient" else "gradient", k, slot.names[0])
    return found


def _finish(lowering: Lowering, program: Program, gradients: bool) -> None:
    """Results go out; slots get their new values as soon as nobody reads the old ones any more."""
    for k, index in enumerate(program.outputs):
        value = _plain(program.values[index])
        lowering.label = "results"
        out = dense(Buffer(value.dtype, prod(value.shape), "output", k, f"result{k}"), value)
        lowering.emit_map(out, lowering.operand(index), value.dtype)
    slots = {lowering.views[program.slots[slot].value].buffer for slot, _ in program.writes}
    wanted = [(slot, v) for slot, v in program.writes if gradients or program.slots[slot].role != "gradient"]
    values = []
    for slot, index in wanted:  # one slot may become what another was
        operand = lowering.operand(index)
        if operand[0] == "load" and operand[1].buffer in slots:
            lowering.label = program.slots[slot].names[0]
            operand = ("load", lowering.copied(operand[1]))
        values.append(operand)
    writes = []
    for (slot, _), operand in zip(wanted, values, strict=True):
        name = program.slots[slot].names[0]
        lowering.label = name if program.slots[slot].role == "gradient" else f"{name} in place"
        target = lowering.views[program.slots[slot].value]
        lowering.emit_map(target, operand, target.buffer.dtype)
        writes.append(lowering.nests.pop())
    _put_early(lowering.nests, writes)


def _put_early(nests: list[Nest], writes: list[Nest]) -> None:
    """Each write right behind the last nest that it depends on, or that reads what it overwrites."""
    last: dict[Buffer, int] = {}
    for place, nest in enumerate(nests):
        for part in nest.footprints(1) or ():
            last[part.buffer] = place
    behind: dict[int, list[Nest]] = {}
    for write in writes:
        place = max((last.get(part.buffer, -1) for part in write.footprints(1) or ()), default=-1)
        behind.setdefault(place, []).append(write)
    ordered = list(behind.get(-1, []))
    for place, nest in enumerate(nests):
        ordered += [nest, *behind.get(place, [])]
    nests[:] = ordered


def _plain(value: Value) -> Value:
    return value._replace(dtype="float64") if value.dtype == WEAK else value


def _needed(nests: list[Nest]) -> list[Nest]:
    """Only what results and slots need."""
    wanted: set[Buffer] = set()
    kept: list[Nest] = []
    for nest in reversed(nests):
        parts = nest.footprints(1) or []
        if any(p.writes and (p.buffer in wanted or p.buffer.kind != "temporary") for p in parts):
            kept.append(nest)
            wanted.update(p.buffer for p in parts)
    return kept[::-1]


def is_small(program: Program) -> bool:
    """Whether a whole step is so little work that it is best one kernel on plain loops."""
    work = 0
    for entry in program.entries:
        if entry.primitive in ("scan", "uniform") or len(program.entries) > MOST_ENTRIES:
            return False
        out = program.values[entry.outs[0]]
        if entry.primitive == "matmul":
            work += prod(out.shape) * program.values[entry.args[0]].shape[-1]
        if prod(out.shape) > LARGEST:
            return False
    return work <= SMALL


# --- tracks -----------------------------------------------------------------------------------------------------------


def _lane(track: Track, users: dict[Buffer, list[Nest]], name: str) -> Lane:
    work: list[Work] = []
    costs: list[float] = []
    run: list[Nest] = []

    def flush() -> None:
        for part in alike(run, track.units):
            mine = set(map(id, part))
            touched = {buffer for nest in part for buffer in _buffers(nest)}
            kept = {b for b in touched if any(id(user) not in mine for user in users.get(b, ()))}
            emitted = kernel_of(part, track.units, f"kernel_{name}_{len(work)}", kept)
            if emitted.arguments:
                work.append(emitted)
                costs.append(sum(nest.cost for nest in part))
        run.clear()

    for _, nest in sorted(track.nests, key=lambda item: item[0]):
        product = _product(nest, track.units) if isinstance(nest, Contract) else None
        if isinstance(nest, (Map, Reduce)) or (isinstance(nest, Contract) and product is None):
            run.append(nest)
            continue
        flush()
        if product is not None:
            work.append(product)
        elif isinstance(nest, Transpose):
            work.append(Turned(nest, [access.buffer for access in nest.accesses], nest.rows // track.units))
        elif isinstance(nest, Custom):
            work.append(_custom(nest, track.units))
        elif isinstance(nest, Scan):
            work.append(_repeated(nest, track.units, name))
        costs.append(nest.cost)
    flush()
    return _shared_out(Lane(track.units, work, costs))


def _phases(lane: Lane) -> list[Lane]:
    """The lane, cut before products whose large matrix so many shards as the rest falls into would read too often."""
    cuts = [0]
    for k, work in enumerate(lane.work):
        shards = len(lane.bounds) - 1
        if _fewest(work, lane.units) * shards > lane.units and lane.costs[k] > APART:
            cuts += [cut for cut in (k, k + 1) if sum(lane.costs[cuts[-1] : cut]) > APART < sum(lane.costs[cut:])]
    parts = [slice(begin, end) for begin, end in pairwise([*cuts, len(lane.work)])]
    if len(parts) == 1:
        return [lane]
    return [_shared_out(Lane(lane.units, lane.work[part], lane.costs[part])) for part in parts]


def _shared_out(lane: Lane) -> Lane:
    """With the bounds of its shards: by its size and work alone, never by the number of threads."""
    units, cost = lane.units, lane.cost
    heavy = [work for k, work in enumerate(lane.work) if k == 0 or lane.costs[k] > cost / 2]
    first = max((_fewest(work, units) for work in heavy), default=1)
    most = max(1, min(MOST_SHARDS, units // first, int(cost / SHARD)))
    shards = max((n for n in range(most, most // 2, -1) if units % n == 0), default=most)  # of equal size, if possible
    step = 8 if units >= 16 * shards else 1
    cuts = [round(units * k / shards / step) * step for k in range(shards)]
    lane.bounds = (*cuts, units)
    return lane


def _fewest(work: Work, units: int) -> int:
    """The fewest units of a shard with which a large matrix of a product is worth being read."""
    if isinstance(work, Repeated):
        return max((_fewest(step, units) for step in work.steps), default=1)
    if not isinstance(work, Product) or work.contraction.units:
        return 1
    depth = prod(n for n, *_ in work.contraction.depth)
    nbytes = depth * work.contraction.columns * np.dtype(work.dtype).itemsize
    if nbytes < WIDE:
        return 1
    rows = ROWS if nbytes < FAR else MANY_ROWS
    return -(-rows * units // prod(n for n, *_ in work.contraction.rows))


def _buffers(nest: Nest) -> list[Buffer]:
    return [part.buffer for part in nest.footprints(1) or ()]


def _product(nest: Contract, units: int) -> Product | None:
    """A contraction for the tile; None where it has more loops than the tile has."""
    sizes, made = [], []
    for which in range(4):
        part = nest.group(which)
        n, accesses = merged(nest.dims[part], [a._replace(strides=a.strides[part]) for a in nest.accesses])
        sizes.append(n)
        made.append(accesses)
    batch, rows, terms, columns = sizes
    if max(len(batch), len(rows), len(terms)) > 3 or len(columns) > 1:
        return None
    a, b, c = nest.accesses
    if columns and (made[3][1].strides[0] != 1 or made[3][2].strides[0] != 1):
        return None
    total = prod(batch) if batch else prod(rows)
    if total % units:
        return None
    contraction = tile.Contraction(
        columns=columns[0] if columns else 1,
        rows=_nest(rows, made[1], (0, 2)),
        depth=_nest(terms, made[2], (0, 1)),
        units=_nest(batch, made[0], (0, 1, 2)),
    )
    arguments, offsets = [a.buffer, b.buffer, c.buffer], (a.offset, b.offset, c.offset)
    return Product(contraction, arguments, offsets, c.buffer.dtype, total // units, nest.label)


def _nest(sizes: Sequence[int], accesses: Sequence[Access], which: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """(size, stride of each) of every loop."""
    return tuple((n, *(accesses[k].strides[i] for k in which)) for i, n in enumerate(sizes))


def _custom(nest: Custom, units: int) -> Emitted:
    own: Emitted = nest.emitted
    return Emitted(own.kernel, own.arguments, nest.pieces // units, nest.label)


def _repeated(nest: Scan, units: int, name: str) -> Repeated:
    inner = _lane(Track(units, list(enumerate(nest.body))), readers(nest.body), f"{name}_step")
    steps = [work for work in inner.work if not isinstance(work, Repeated)]
    if len(steps) != len(inner.work):
        raise Unsupported("a scan inside a scan")
    return Repeated(nest.steps, steps, nest.label)


# --- memory -----------------------------------------------------------------------------------------------------------


def _memory(stages: list[list[Lane]]) -> tuple[dict[Buffer, int], int, list[Buffer]]:
    """Places in one arena for temporary buffers; two share a place when their stages do not meet."""
    life: dict[Buffer, list[int]] = {}
    for stage, lanes in enumerate(stages):
        for lane in lanes:
            for work in lane.work:
                for buffer in arguments_of(work):
                    life.setdefault(buffer, [stage, stage])[1] = stage
    external = [buffer for buffer in life if buffer.kind != "temporary"]
    own = sorted((b for b in life if b.kind == "temporary"), key=lambda b: -nbytes_of(b))
    placed: list[tuple[int, int, int, int]] = []  # (begin, end, first stage, last stage)
    offsets: dict[Buffer, int] = {}
    for buffer in own:
        first, last = life[buffer]
        size = -(-nbytes_of(buffer) // ALIGNED) * ALIGNED
        at = 0
        for begin, end, _, _ in sorted(p for p in placed if p[2] <= last and p[3] >= first):
            if begin - at >= size:
                break
            at = max(at, end)
        placed.append((at, at + size, first, last))
        offsets[buffer] = at
    return offsets, max((end for _, end, _, _ in placed), default=0), external


def arguments_of(work: Work) -> list[Buffer]:
    """The buffers that a piece of work touches."""
    if isinstance(work, Repeated):
        return [buffer for step in work.steps for buffer in arguments_of(step)]
    return [argument.base or argument for argument in work.arguments if isinstance(argument, Buffer)]


def nbytes_of(buffer: Buffer) -> int:
    """How much memory a buffer takes."""
    dtype = "float64" if buffer.dtype == WEAK else buffer.dtype
    return buffer.size * np.dtype(dtype).itemsize


Address = Callable[[Buffer], tuple[int, int]]
