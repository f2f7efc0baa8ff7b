"""Optimizers that change every element of a parameter by its own gradient: all but L-BFGS.

Each is a region of a few lines that reads like its paper. Eagerly the region runs as one NumPy text per parameter;
in a recording it is its parts, its hyper-parameters are controls, and what it keeps lives in slots.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from chainrule.errors import DtypeError, ShapeError
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.states import counter, loaded_moment, moment
from chainrule.tape.mode import enable_grad, mode
from chainrule.tape.recorder import Recorder
from chainrule.tape.region import Region
from chainrule.tensors.tensor import Tensor

Number = Callable[..., Any]
Clock = dict[str, Tensor]
Group = Mapping[str, Any]
Names = tuple[str, ...]


class Update(NamedTuple):
    """How one step changes the parameters of a group.

    Args:
        rule: from a parameter, its gradient, its moments and `numbers` to the new parameter and the new moments.
        numbers: floats, tensors of one number, or None where something is not asked for.
        clock: the new counters.
        static: the switches of the rule.
    """

    rule: Region
    numbers: tuple[Any, ...]
    clock: Mapping[str, Tensor] = MappingProxyType({})
    static: Mapping[str, bool] = MappingProxyType({})


class ElementwiseOptimizer(Optimizer):
    """The base of the optimizers whose update is one formula for each element."""

    def __init__(self, params: Any, defaults: Mapping[str, Any]) -> None:
        self._texts: dict[Any, dict[Tensor, Any]] = {}
        super().__init__(params, defaults)

    # --- what each optimizer says -------------------------------------------------------------------------------

    def _moments(self, group: Group) -> dict[str, float]:
        """The names of what is kept for each element, and what each begins with."""
        raise NotImplementedError

    def _clock(self, group: Group) -> dict[str, float]:
        """The names of the counters, and what each begins with. Parameters that step together share them."""
        return {}

    def _update(self, group: Group, number: Number, clock: Clock) -> Update:
        """The step for one group, given its numbers and the counters as they stand."""
        raise NotImplementedError

    # --- the step -----------------------------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient; the others, and their state, stay as they are.

        Args:
            closure: computes the loss anew, with gradients, and returns it.

        Returns:
            What `closure` returned, or None.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        if not self._habits.stepped:
            self._habits.first_step(self)
        before, mode.grad = mode.grad, False
        try:
            fed = False
            for index, group in enumerate(self.param_groups):
                ready = [parameter for parameter in group["params"] if parameter.grad is not None]
                if ready:
                    fed = True
                    self._step_group(index, group, ready)
            self._habits.step(self, fed=fed)
        finally:
            mode.grad = before
        return loss

    def prepare(self) -> None:
        """Make the state of every parameter that wants a gradient, as its first step would."""
        for group in self.param_groups:
            self._begin(group, [parameter for parameter in group["params"] if parameter.requires_grad])

    def _step_group(self, index: int, group: Group, ready: list[Tensor]) -> None:
        for parameter in ready:
            array, gradient = parameter._array, parameter.grad._array  # type: ignore[union-attr]  # it is ready
            if gradient.shape != array.shape or gradient.dtype != array.dtype:
                self._refuse(index, group, parameter)
        if mode.recorder is None:
            self._habits.use_up(self, ready)
        names = self._begin(group, ready)

        def number(key: str, place: int | None = None) -> Any:
            return self._number(index, key, place)

        for clock, members in self._by_clock(group, ready):
            if mode.recorder is not None:
                self._name_slots(mode.recorder, index, clock, members, names)
            update = self._update(group, number, clock)
            for name, new in update.clock.items():
                _keep(clock[name], new)
            if mode.recorder is None and not mode.parts:
                self._run(update, members, names)
                continue
            for parameter in members:
                numbers, moments = _all_as(parameter, update.numbers), self._held(parameter, names)
                changed = update.rule(parameter, parameter.grad, *moments, *numbers, **update.static)
                new, *later = changed if names else (changed,)
                parameter.copy_(new)
                for held, value in zip(moments, later, strict=True):
                    _keep(held, value)

    def _run(self, update: Update, members: list[Tensor], names: Names) -> None:
        """The same by the compiled text of the rule, looked up once for each parameter and kind of arguments."""
        numbers = update.numbers
        form = (update.rule, tuple(update.static.items()), tuple([type(given) for given in numbers]))
        texts = self._texts.get(form)
        if texts is None:
            texts = self._texts[form] = {}
        before: Any = None
        given: list[Any] = []
        for parameter in members:
            array = parameter._array
            kept = self.state[parameter] if names else {}
            found = texts.get(parameter)
            if found is None or found[0] != array.dtype:
                arguments = (parameter, parameter.grad, *self._held(parameter, names), *_all_as(parameter, numbers))
                found = texts[parameter] = (array.dtype, update.rule.prepared(arguments, dict(update.static)))
            if before is None or array.dtype != before:  # NumPy holds that float64 == None
                before = array.dtype
                first = 2 + len(names)
                given = [_plain(numbers[place - first], array.dtype) for place in found[1].used if place >= first]
            gradient = parameter.grad._array  # type: ignore[union-attr]  # it is ready
            if gradient.strides != array.strides:  # of one layout, so that what is kept has it too
                laid = np.empty_like(array)
                laid[...] = gradient
                gradient = laid
            moments = [kept[name] for name in names]
            results = found[1].run(array, gradient, *[held._array for held in moments], *given)
            parameter._store(results[0])
            for place, held in enumerate(moments, start=1):
                held._array = results[place]

    def _name_slots(self, recorder: Recorder, index: int, clock: Clock, members: list[Tensor], names: Names) -> None:
        """Let a recording call the counters and moments by their names, where the parameters have one."""
        called = recorder.names
        for name, held in clock.items():
            if f"{name}[{index}]" not in called.values():
                called.setdefault(id(held), f"{name}[{index}]")
        for parameter in members:
            if id(parameter) in called:
                for name in names:
                    called.setdefault(id(self.state[parameter][name]), f"{called[id(parameter)]}.{name}")

    def _refuse(self, index: int, group: Group, parameter: Tensor) -> None:
        place = next(i for i, other in enumerate(group["params"]) if other is parameter)
        where = f"{self._name}.step, param_groups[{index}], params[{place}]"
        gradient = parameter.grad
        assert gradient is not None
        if gradient.shape != parameter.shape:
            raise ShapeError("optim.gradient_shape", where, got=gradient.shape, expected=parameter.shape)
        raise DtypeError("optim.gradient_dtype", where, got=gradient.dtype, expected=parameter.dtype)

    # --- what is kept -------------------------------------------------------------------------------------------

    def _begin(self, group: Group, parameters: list[Tensor]) -> Names:
        """Make what is missing of the state; the names of the moments."""
        moments, clocks = self._moments(group), self._clock(group)
        names = moments.keys() | clocks.keys()
        fresh: Clock = {}
        for parameter in parameters if names else ():
            kept = self.state[parameter]
            if names <= kept.keys():
                continue
            kept.update((name, moment(parameter, fill)) for name, fill in moments.items() if name not in kept)
            if not clocks.keys() <= kept.keys():
                fresh = fresh or {name: counter(start) for name, start in clocks.items()}
                kept.update(fresh)
        return tuple(moments)

    def _held(self, parameter: Tensor, names: Names) -> list[Tensor]:
        """The moments of a parameter, in its own dtype: that may have changed since they were made."""
        kept = self.state[parameter] if names else {}
        for name in names:
            if kept[name]._array.dtype != parameter._array.dtype:
                kept[name] = moment(parameter, kept[name]._array)
        return [kept[name] for name in names]

    def _by_clock(self, group: Group, ready: list[Tensor]) -> Iterator[tuple[Clock, list[Tensor]]]:
        """The parameters that have made the same steps so far, with their counters."""
        names = self._clock(group)
        if not names:
            return iter([({}, ready)])
        first = next(iter(names))
        parts: dict[int, tuple[Clock, list[Tensor]]] = {}
        for parameter in ready:
            kept = self.state[parameter]
            part = parts.get(id(kept[first]))
            if part is None:
                part = parts[id(kept[first])] = ({name: kept[name] for name in names}, [])
            part[1].append(parameter)
        if len(ready) < len(group["params"]):
            self._part_from(parts, group)
        return iter(parts.values())

    def _part_from(self, parts: Mapping[int, tuple[Clock, list[Tensor]]], group: Group) -> None:
        """Let the counters of parameters that skip this step stand still: they get their own."""
        own: dict[int, Clock] = {}
        for parameter in group["params"]:
            kept = self.state.get(parameter) if parameter.grad is None else None
            for shared, _ in parts.values() if kept else ():
                first = next(iter(shared))
                if kept is not None and kept.get(first) is shared[first]:
                    copies = {name: counter(float(count._array)) for name, count in shared.items()}
                    kept.update(own.setdefault(id(shared[first]), copies))

    def _restored(self, parameter: Tensor, group: Group, kept: Mapping[str, Any], where: str) -> dict[str, Any]:
        found = {name: value for name, value in kept.items() if value is not None}
        moments, clocks = self._moments(group), self._clock(group)
        made: dict[str, Any] = {
            name: loaded_moment(value, parameter, f"{where}, {name}")
            for name, value in found.items() if name not in clocks and name != "step"
        }
        # SGD counts no steps in PyTorch: where there is a momentum, at least one was made.
        if found:
            begun = 1.0 if made else None
            made.update((name, counter(found.get(name, begun or start))) for name, start in clocks.items())
        if not made and parameter in self.state:
            made.update((name, moment(parameter, fill)) for name, fill in moments.items())
            made.update((name, counter(start)) for name, start in clocks.items())
        return made

    def _take_over(self, state: dict[Tensor, dict[str, Any]]) -> None:
        self._texts.clear()
        taken: dict[tuple[Any, ...], Clock] = {}
        used: set[int] = set()
        for index, group in enumerate(self.param_groups):
            names = self._clock(group)
            for parameter in group["params"] if names else ():
                kept = state.get(parameter)
                if not kept:
                    continue
                key = (index, *[float(kept[name]._array) for name in names])
                if key not in taken:
                    before = self.state.get(parameter, {})
                    taken[key] = {name: kept[name] for name in names}
                    if names.keys() <= before.keys() and not used & {id(before[name]) for name in names}:
                        for name in names:
                            before[name]._array = kept[name]._array
                            taken[key][name] = before[name]
                            used.add(id(before[name]))
                kept.update(taken[key])
        super()._take_over(state)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_texts": {}}


def _as(parameter: Tensor, number: Any) -> Any:
    """A number as the parameter's dtype takes it; what was counted is counted in float64."""
    return number.to(parameter.dtype) if isinstance(number, Tensor) and not number._weak else number


def _all_as(parameter: Tensor, numbers: tuple[Any, ...]) -> list[Any]:
    return [_as(parameter, number) for number in numbers]


def _plain(number: Any, dtype: Any) -> Any:
    """The same without a tensor around it."""
    return dtype.type(number._array) if isinstance(number, Tensor) else number


def _keep(held: Tensor, new: Tensor) -> None:
    """What is kept takes new numbers."""
    if mode.recorder is None:
        held._array = new._array
    else:
        held.copy_(new)
