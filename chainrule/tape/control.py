"""Numbers that may differ from step to step without another recording: learning rates, momenta, counts."""

from typing import Any

from chainrule.tape.mode import mode


def control(name: str, number: float) -> Any:
    """The number itself; in a recording, an input of the Program under this name (`"lr[0]"`)."""
    recorder = mode.recorder
    return number if recorder is None else recorder.control(name, number)


def module_control(name: str, number: float) -> Any:
    """A control that belongs to the module being called: `"drop.p"`; another number in the same place gets a count."""
    recorder = mode.recorder
    if recorder is None:
        return number
    full = f"{recorder.module}.{name}" if recorder.module else name
    there = [i for i in recorder.controls if recorder.values[i].name.partition("#")[0] == full]
    for index in there:
        if recorder.numbers[index] == number:
            return recorder.control(recorder.values[index].name, number)
    return recorder.control(f"{full}#{len(there) + 1}" if there else full, number)
