"""From networks and trainings to the constructor calls that make their like, as plain data."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from chainrule.errors import ChainruleError
from chainrule.files.building import Builder, shapes_of
from chainrule.files.container import FORMAT
from chainrule.files.packing import Packer
from chainrule.files.registry import (
    MODULES,
    OPTIMIZERS,
    PARAMETERS,
    SCHEDULERS,
    SCHEDULES,
    by_signature,
    function_name,
)
from chainrule.nn.module import Module
from chainrule.optim.schedules.schedule import Schedule

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

Array = NDArray[Any]


class Making(NamedTuple):
    """How a thing is made: notes for JSON, and the arrays that they name."""

    notes: dict[str, Any]
    arrays: dict[str, Array]


class _Own(Exception):  # noqa: N818 - no error: a part that only its maker can make again
    pass


class Describer:
    """Describes modules, and what stands in a Trainer.

    Args:
        packer: takes the arguments apart.
    """

    def __init__(self, packer: Packer) -> None:
        self._packer = packer
        self._seen: dict[int, str] = {}

    def module(self, module: Module | None, path: str) -> Any:
        """The call that makes a module like this one.

        Raises:
            _Own: for a class or a function that is not this library's.
        """
        if module is None:
            return None
        if id(module) in self._seen:
            return {"same": self._seen[id(module)]}
        self._seen[id(module)] = path
        row = MODULES.get(type(module).__name__)
        if row is None or row.kind is not type(module):
            raise _Own(f"{path or 'model'}: {type(module).__name__}")
        data: dict[str, Any] = {"class": type(module).__name__}
        if isinstance(module, PARAMETERS):
            return {**data, "names": list(module._parameters)}
        if row.holds:
            children = [[name, self.module(child, _joined(path, name))] for name, child in module._modules.items()]
            return {**data, "children": children}
        try:
            arguments = row.arguments(module)
        except (AttributeError, LookupError):  # taken apart, or put together otherwise, since it was made
            raise _Own(f"{path or 'model'}: a changed {type(module).__name__}") from None
        return {**data, "arguments": {name: self.value(value, f"{path}:{name}") for name, value in arguments.items()}}

    def value(self, value: Any, where: str) -> Any:
        """An argument: plain data, an array, a module, or a function of this library.

        Raises:
            _Own: anything else.
        """
        if isinstance(value, Module):
            seen, self._seen = self._seen, {}  # an argument is copied, and shares nothing
            try:
                return {"$module": self.module(value, where)}
            finally:
                self._seen = seen
        if isinstance(value, list):
            return [self.value(part, where) for part in value]
        if isinstance(value, Schedule):
            return {"$schedule": self.schedule(value)}
        if callable(value) and not hasattr(value, "_array"):
            name = function_name(value)
            if name is None:
                raise _Own(f"{where} {getattr(value, '__name__', type(value).__name__)}")
            return {"$function": name}
        try:
            return self._packer.pack(value, f"making.{where}")
        except ChainruleError:
            raise _Own(f"{where} {type(value).__name__}") from None

    def schedule(self, schedule: Schedule) -> Any:
        """The call that makes a schedule like this one."""
        if schedule._name not in SCHEDULES:
            raise _Own(f"schedule {schedule._name}")
        arguments = {name: self.value(value, f"schedule:{name}") for name, value in schedule._arguments.items()}
        return {"name": schedule._name, "arguments": arguments}


def notes_of_module(module: Module) -> Making:
    """How a network is made, and what may be said of it beside its numbers.

    `own` names the parts that are not this library's: then there is no `module`.
    """
    packer = Packer("chainrule/")
    notes: dict[str, Any] = {"format": FORMAT, "module": None, "own": []}
    try:
        notes["module"] = Describer(packer).module(module, "")
        _prove(module, notes["module"], packer)
    except _Own as own:
        notes["module"], notes["own"] = None, [str(own)]
    notes["tied"] = tied(module)
    notes["frozen"] = [name for name, parameter in module.named_parameters() if not parameter.requires_grad]
    notes["resting"] = [path for path, part in module.named_modules() if not part.training]
    return Making(notes, packer.arrays)


def notes_of_trainer(trainer: "Trainer") -> Making:
    """How a network and its training are made; without `training` where some of that is not this library's."""
    notes, arrays = notes_of_module(trainer.model)
    packer = Packer("chainrule/")
    packer.arrays.update(arrays)
    describer = Describer(packer)
    parts: dict[str, Callable[[], Any]] = {
        "loss": lambda: describer.value(trainer.loss, "loss"),
        "optimizer": lambda: _optimizer(trainer, describer),
        "schedule": lambda: _schedules(trainer, describer),
        "metrics": lambda: [_metric(metric) for metric in trainer.metrics],
        "options": lambda: _options(trainer, describer),
    }
    training = {}
    for name, describe in parts.items():
        try:
            training[name] = describe()
        except _Own as own:
            notes["own"].append(str(own))
    notes["training"] = training if not notes["own"] else None
    return Making(notes, packer.arrays)


def tied(module: Module) -> dict[str, str]:
    """Names of parameters that are other names of one that was named before."""
    first: dict[int, str] = {}
    found = {}
    for path, part in _everywhere(module, ""):
        for name, parameter in part._parameters.items():
            if parameter is not None:
                whole = _joined(path, name)
                known = first.setdefault(id(parameter), whole)
                if known != whole:
                    found[whole] = known
    return found


def _everywhere(module: Module, path: str) -> list[tuple[str, Module]]:
    """All modules by all their names."""
    found = [(path, module)]
    for name, child in module._modules.items():
        if child is not None:
            found += _everywhere(child, _joined(path, name))
    return found


def _prove(module: Module, made: Any, packer: Packer) -> None:
    """Make the network anew, without its numbers: what somebody changed by hand would be lost.

    Raises:
        _Own: it becomes another one.
    """
    shapes = shapes_of(module)
    try:
        again = Builder(shapes, packer.arrays.__getitem__).module(made)
    except (ChainruleError, LookupError, ValueError, TypeError):
        raise _Own(f"a changed {type(module).__name__}") from None
    if repr(again) != repr(module) or shapes_of(again) != shapes:
        raise _Own(f"a changed {type(module).__name__}")


def _optimizer(trainer: "Trainer", describer: Describer) -> Any:
    optimizer = trainer.optimizer
    name = type(optimizer).__name__
    if OPTIMIZERS.get(name) is not type(optimizer):
        raise _Own(f"optimizer {name}")
    names = {id(parameter): path for path, parameter in trainer.model.named_parameters()}
    groups = []
    for group in optimizer.param_groups:
        if any(id(parameter) not in names for parameter in group["params"]):
            raise _Own(f"optimizer {name} of other parameters")
        numbers = {key: value for key, value in group.items() if key not in ("params", "param_names")}
        groups.append({
            "params": [names[id(parameter)] for parameter in group["params"]],
            "numbers": describer.value(numbers, "optimizer"),
        })
    return {"class": name, "groups": groups, "defaults": describer.value(optimizer.defaults, "optimizer")}


def _schedules(trainer: "Trainer", describer: Describer) -> Any:
    rates = trainer.rates
    rule: Any = rates.of_step
    if rule is not None:
        if not isinstance(rule, Schedule):
            raise _Own("schedule")
        return describer.value(rule, "schedule")
    found = []
    for scheduler in rates.schedulers:
        name = type(scheduler).__name__
        if SCHEDULERS.get(name) is not type(scheduler):
            raise _Own(f"schedule {name}")
        try:
            arguments = by_signature(scheduler)
        except AttributeError:
            raise _Own(f"schedule {name}") from None
        made = {key: value for key, value in arguments.items() if key not in ("optimizer", "last_epoch")}
        found.append({"class": name, "arguments": describer.value(made, "schedule")})
    return found


def _metric(metric: object) -> str:
    if not isinstance(metric, str):
        raise _Own(f"metric {getattr(metric, '__name__', type(metric).__name__)}")
    return metric


def _options(trainer: "Trainer", describer: Describer) -> Any:
    weights = trainer.class_weights
    return describer.value({
        "clip_norm": trainer.clip_norm, "clip_value": trainer.clip_value, "engine": trainer.engine,
        "guard": trainer.guard, "warm_start": trainer.warm_start,
        "class_weight": None if weights is None else "balanced" if weights.balanced else weights.known,
    }, "options")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
