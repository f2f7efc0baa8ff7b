"""Numbers that may differ from step to step without another recording: learning rates, momenta, counts."""

from typing import TYPE_CHECKING, Any

from chainrule.tape.mode import mode

if TYPE_CHECKING:
    from chainrule.tape.recorder import Recorder, Source

_ATTRIBUTES = {"p": ("p", "dropout"), "momentum": ("momentum",)}  # what the layers of this library call these numbers


def control(name: str, number: float) -> Any:
    """The number itself; in a recording, an input of the Program under this name (`"lr[0]"`)."""
    recorder = mode.recorder
    return number if recorder is None else recorder.control(name, number)


def module_control(name: str, number: float) -> Any:
    """A control that belongs to the module being called: `"drop.p"`; another number in the same place gets a count."""
    recorder = mode.recorder
    if recorder is None:
        return number
    source = _source(recorder, name, number)
    full = f"{recorder.module}.{name}" if recorder.module else name
    there = [i for i in recorder.controls if recorder.values[i].name.partition("#")[0] == full]
    for index in there:
        known = recorder.sources.get(index)
        same = known is source or (known is not None and source is not None and known[0] is source[0])
        if recorder.numbers[index] == number and same:
            return recorder.control(recorder.values[index].name, number)
    return recorder.control(f"{full}#{len(there) + 1}" if there else full, number, source)


def _source(recorder: "Recorder", name: str, number: float) -> "Source | None":
    """The attribute of the layer being called that holds the number; layers of users may compute it as they like."""
    owner = recorder.owner
    if owner is None or not type(owner).__module__.startswith("chainrule."):
        return None
    held = vars(owner)
    return next(((held, key, None) for key in _ATTRIBUTES[name] if key in held and held[key] == number), None)
