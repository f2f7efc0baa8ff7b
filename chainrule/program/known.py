"""A recording that a compiled function knows: when it holds, how its inputs are found, who runs it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chainrule import config
from chainrule.errors import CaptureError
from chainrule.optim.optimizer import Optimizer
from chainrule.program.arguments import Arguments, Gather
from chainrule.program.assumptions import Broken, Check, Holds, Space, broken, compiled
from chainrule.program.capture import Recording
from chainrule.program.reach import Reach
from chainrule.tape.mode import mode
from chainrule.tensors.tensor import Tensor


@dataclass(eq=False)
class Known:
    """One way in which the function was called.

    Args:
        recording: what the step did then.
        checks: what it relies on.
        space: the constants of the checks.
        holds: whether all of that is still so.
        gather: finds the inputs among the arguments.
        controls: reads the numbers of the controls.
        again: what had changed since the last recording, when this one was made.
        run: replays it; None until a second recording has said the same.
        engine: the one that was asked for.
        reason: why another engine runs it than was asked for.
        refused: why calls of this kind stay eager.
        capture: seconds that recording took.
        replays: calls replayed so far.
        seconds: time these took.
    """

    recording: Recording
    checks: list[Check]
    space: Space
    holds: Holds
    gather: Gather
    controls: Callable[[], dict[str, float]]
    again: Broken | None = None
    run: Any = None
    engine: str = ""
    reason: str | None = None
    refused: CaptureError | None = None
    capture: float = 0.0
    replays: int = 0
    seconds: float = 0.0


def look(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Reach, Arguments]:
    """Everything that a call of the function depends on, as it is before the call."""
    attributes: frozenset[str] = frozenset()
    while True:
        reach = Reach(Space(), attributes)
        _settings(reach)
        arguments = Arguments(function, args, kwargs, reach)
        reach.inside(function, getattr(function, "__name__", type(function).__name__))
        if reach.found <= attributes:
            return reach, arguments
        attributes |= reach.found


def _settings(reach: Reach) -> None:
    k = reach.space.constant(mode)
    reach.add("grad mode", f"{k}.grad", f"{{}} is {mode.grad}", mode.grad)
    reach.add("random stream", f"{k}.generator", f"{{}} is {reach.space.constant(mode.generator)}", mode.generator)
    values = reach.space.constant(config._values)
    for name in ("dtype", "engine"):
        value = config._values[name]
        reach.add(f"settings {name}", f"{values}[{name!r}]", f"{{}} is {reach.space.constant(value)}", value)


def names_of(reach: Reach) -> dict[str, Any]:
    """What a recording calls modules, parameters, buffers and other tensors: as short as can be."""
    named: dict[str, Any] = {}
    taken: set[int] = set()
    inner = {id(child) for _, module in reach.modules.values() for child in module.modules() if child is not module}
    first = True
    for words, module in reach.modules.values():
        if id(module) in inner:
            continue
        owns = any(True for _ in (*module.parameters(), *module.buffers()))
        start = "" if first and owns else f"{words}."
        first = first and not owns
        parts = [*module.named_modules(), *module.named_parameters(), *module.named_buffers()]
        for name, part in parts:
            if id(part) not in taken:
                taken.add(id(part))
                named.setdefault(f"{start}{name}" if name else words, part)
    for words, tensor in reach.tensors.values():
        if id(tensor) not in taken:
            named.setdefault(words, tensor)
    return named


def changed_inside(reach: Reach, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Broken | None:
    """What the step itself has changed of that on which it depends."""
    return broken((check for check in reach.checks if not check.moves), reach.space, args, kwargs)


def made_known(recording: Recording, reach: Reach, arguments: Arguments) -> Known:
    """What is kept of a recording, with the conditions under which it holds."""
    kept = {id(tensor) for _, optimizer in reach.optimizers.values() for tensor in _tensors(optimizer)}
    recording.lasting = frozenset(i for i, tensor in enumerate(recording.slots) if id(tensor) in kept)
    free = {(id(held), key) for held, key, _ in recording.sources.values()}
    checks = [_relaxed(check, free, reach.found) for check in reach.checks]
    checks += _states(reach) + _apart(recording, arguments, reach.space)
    return Known(
        recording, checks, reach.space, compiled(checks, reach.space), arguments.gather(), _controls(recording)
    )


def _relaxed(check: Check, free: set[tuple[int, str]], mentioned: set[str]) -> Check:
    """A number that the recording reads afresh may change, but not to or from zero, where formulas have branches."""
    if check.source is None or (id(check.source[0]), check.source[1]) not in free:
        return check
    held, key = check.source
    if ("param_groups" if "params" in held else key) in mentioned:
        return check  # some code of the user's may read it too
    if isinstance(check.was, (tuple, list)):
        kind, count = type(check.was).__name__, len(check.was)
        return check._replace(test=f"(type({check.read}) is {kind} and len({check.read}) == {count})")
    sign = "0 < {0} < 1" if key in ("p", "dropout") else "({0} != 0)" if check.was else "({0} == 0)"
    return check._replace(test=f"(type({check.read}) in (int, float) and {sign.format(check.read)})")


def _states(reach: Reach) -> list[Check]:
    """The state of each optimizer is still the one that the recording reads and writes."""
    checks = []
    for words, optimizer in reach.optimizers.values():
        state = reach.space.constant(optimizer.state)
        at = f"{words}.state"
        held = reach.space.constant(vars(optimizer))
        checks.append(Check(at, f"{held}['state']", f"{held}['state'] is {state}", optimizer.state))
        for parameter, kept in optimizer.state.items():
            k, entry = reach.space.constant(kept), reach.space.constant(parameter)
            checks.append(Check(at, f"{state}.get({entry})", f"{state}.get({entry}) is {k}", kept))
            for name, value in kept.items():
                if isinstance(value, Tensor):
                    read = f"{k}[{name!r}]"
                    checks.append(Check(at, read, f"{read} is {reach.space.constant(value)}", value))
    return checks


def _tensors(optimizer: Optimizer) -> Iterator[Tensor]:
    """What an optimizer keeps between steps."""
    for kept in optimizer.state.values():
        yield from (value for value in kept.values() if isinstance(value, Tensor))


def _apart(recording: Recording, arguments: Arguments, space: Space) -> list[Check]:
    """No input lies in the memory of something that the step writes."""
    written = {recording.slots[slot]._storage for slot, _ in recording.program.writes} - {None}
    k = space.constant(written)
    words = (f"argument {label}" for label in arguments.labels)
    return [
        Check(name, f"{read}._storage", f"({read}._storage is None or {read}._storage not in {k})")
        for name, read in zip(words, arguments.reads, strict=True)
    ]


def _controls(recording: Recording) -> Callable[[], dict[str, float]]:
    """A function that reads the numbers of all controls where they live now."""
    space = Space()
    parts = []
    for name, number in recording.controls.items():
        source = recording.sources.get(name)
        if source is None:
            parts.append(f"{name!r}: {space.constant(number)}")
        else:
            held, key, place = source
            at = f"{space.constant(held)}[{key!r}]" + ("" if place is None else f"[{place}]")
            parts.append(f"{name!r}: float({at})")
    text = f"lambda: {{{', '.join(parts)}}}"
    function: Callable[[], dict[str, float]] = eval(text, space.names)  # noqa: S307 - our own text
    return function

