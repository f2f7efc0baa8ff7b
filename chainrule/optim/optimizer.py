"""What every optimizer has: groups of parameters with numbers of their own, and a state for each parameter."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from chainrule.errors import ArgumentError, StateError
from chainrule.optim.groups import as_groups, as_parameters, misspelt
from chainrule.optim.habits import Habits, everyone
from chainrule.optim.ranges import Range, check_numbers
from chainrule.optim.states import copied, fitting, packed
from chainrule.tape.mode import mode
from chainrule.tensors.creation import zeros_like
from chainrule.tensors.tensor import Tensor


class Optimizer:
    """The base of every optimizer. To write one of your own, call `super().__init__` and define `step`.

    Args:
        params: parameters, or dicts with the key "params" and numbers of their own, as in PyTorch:
            `[{"params": net.body.parameters()}, {"params": net.head.parameters(), "lr": 0.1}]`.
        defaults: the numbers that hold for every group which does not say otherwise.

    Attributes:
        param_groups: list of dicts: "params", and the numbers in force, which may be changed between steps.
        state: for each parameter a dict of what is kept between steps.
        defaults: as given.

    Raises:
        ArgumentError: no parameters, one given twice, or a number out of range.
        DtypeError: something that is no parameter.
        GradientError: a tensor that was computed and so is nobody's to change.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> class Plain(optim.Optimizer):
        ...     @cr.no_grad()
        ...     def step(self, closure=None):
        ...         for group in self.param_groups:
        ...             for p in group["params"]:
        ...                 p -= group["lr"] * p.grad
        >>> w = nn.Parameter(cr.tensor([1.0]))
        >>> optimizer = Plain([w], {"lr": 0.1})
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w.detach()
        tensor([0.8])
    """

    _ranges: ClassVar[Mapping[str, Range]] = {}

    def __init__(self, params: Any, defaults: Mapping[str, Any]) -> None:
        self.defaults = dict(defaults)
        self.param_groups: list[dict[str, Any]] = []
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self._owned: set[int] = set()
        self._habits = Habits()
        everyone.add(self)
        check_numbers(self.defaults, self._ranges, type(self), self._name)
        for group in as_groups(params, f"{self._name}, argument params"):
            self.add_param_group(group)

    @property
    def _name(self) -> str:
        return type(self).__name__

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Change further parameters too.

        Args:
            param_group: a dict with "params" and what differs from the defaults.

        Raises:
            ArgumentError: no parameters, one given twice, a name that is misspelt, a number out of range.
        """
        where = f"{self._name}, params[{len(self.param_groups)}]" if self.param_groups else self._name
        group = dict(param_group)
        group["params"], names = as_parameters(group.get("params"), where)
        if names:
            group["param_names"] = names
        for key in group:
            meant = misspelt(key, self.defaults)
            if meant is not None:
                raise ArgumentError("optim.misspelt", where, got=key, meant=meant)
        group = {"params": group.pop("params"), **self.defaults, **group}
        check_numbers(group, self._ranges, type(self), where)
        for place, parameter in enumerate(group["params"]):
            if id(parameter) in self._owned:
                self._owned.difference_update(map(id, group["params"][:place]))
                raise ArgumentError("optim.twice", f"{where}, params[{place}]", shape=parameter.shape)
            self._owned.add(id(parameter))
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of the last step; with `set_to_none=False` they become zeros instead of None."""
        unused = False
        for group in self.param_groups:
            for parameter in group["params"]:
                gradient = parameter.grad
                if gradient is not None and gradient._use == 0:
                    unused = True
                if set_to_none or gradient is None:
                    parameter.grad = None
                else:
                    parameter.grad = zeros_like(gradient)
        self._habits.cleared(self, unused=unused)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient; `closure`, if given, computes loss and gradients first.

        Returns:
            What `closure` returned, or None.

        Raises:
            StateError: in this class, which has no rule.
        """
        raise StateError("optim.no_step", self._name, name=self._name)

    # --- recordings ---------------------------------------------------------------------------------------------

    def controls(self) -> dict[str, float]:
        """Every number that may change from step to step, as a recording names it: `lr[0]`, `beta1[0]`, ..."""
        found: dict[str, float] = {}
        for index, group in enumerate(self.param_groups):
            for key in self._ranges:
                if key == "betas":
                    found.update((f"beta{n}[{index}]", float(beta)) for n, beta in enumerate(group[key], start=1))
                elif not isinstance(group[key], bool):
                    found[f"{key}[{index}]"] = float(group[key])
        return found

    def _number(self, index: int, key: str, place: int | None = None) -> Any:
        """A number of a group: a float, or in a recording the control of that name."""
        value = self.param_groups[index][key]
        number = float(value if place is None else value[place])
        recorder = mode.recorder
        if recorder is None:
            return number
        name = key if place is None else f"{key[:-1]}{place + 1}"
        if id(self) not in recorder.names:  # a second optimizer in the same step must not share its names
            taken = [recorder.values[i].name for i in recorder.controls]
            others = {control.rpartition("lr[")[0] for control in taken if "lr[" in control}
            recorder.names[id(self)] = f"optimizer{len(others) + 1}." if others else ""
        source = (self.param_groups[index], key, place)
        return recorder.control(f"{recorder.names[id(self)]}{name}[{index}]", number, source)

    # --- states -------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """The state by number of the parameter, and the groups with numbers for parameters, as in PyTorch.

        The tensors in it go on changing with every step; `copy.deepcopy` keeps them as they are.

        Returns:
            dict: {"state": {0: {"exp_avg": ...}, ...}, "param_groups": [{"lr": 0.1, ..., "params": [0, 1]}]}
        """
        return packed(self)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over a state, of this library or of PyTorch; nothing is changed unless all of `state_dict` fits.

        Raises:
            StateError: the groups, or the parameters in one, are not as many.
            ShapeError: a kept array has another shape than its parameter.
        """
        fits = fitting(self, state_dict)
        new = [(leaf, self._restored(leaf, group, kept, where)) for leaf, group, kept, where in fits.kept]
        for group, numbers in zip(self.param_groups, fits.numbers, strict=True):
            group.update(numbers)
        self._take_over({leaf: kept for leaf, kept in new if kept})

    def _restored(
        self, parameter: Tensor, group: Mapping[str, Any], kept: Mapping[str, Any], where: str
    ) -> dict[str, Any]:
        """What is kept for a parameter, from a loaded state; changes nothing yet."""
        return {name: copied(value) for name, value in kept.items()}

    def _take_over(self, state: dict[Tensor, dict[str, Any]]) -> None:
        """Go on with this state; a tensor that is there already takes the numbers, for a recording may hold it."""
        for parameter, kept in state.items():
            before = self.state.get(parameter, {})
            for name, value in kept.items():
                held = before.get(name)
                if isinstance(held, Tensor) and isinstance(value, Tensor) and held.shape == value.shape:
                    held._array = value._array
                    kept[name] = held
        for parameter in [leaf for leaf in self.state if leaf not in state]:
            del self.state[parameter]
        self.state.update(state)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._owned = {id(parameter) for group in self.param_groups for parameter in group["params"]}
        self._habits = Habits()
        everyone.add(self)

    def __repr__(self) -> str:
        lines = [f"{self._name} ("]
        for index, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {index}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key not in ("params", "param_names")]
        return "\n".join([*lines, ")"])
