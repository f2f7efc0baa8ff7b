"""Numbers that may differ from step to step without another recording: learning rates, momenta, counts."""

from typing import Any

from chainrule.tape.mode import mode


def control(name: str, number: float) -> Any:
    """The number itself; in a recording, an input of the Program under this name (`"lr[0]"`)."""
    recorder = mode.recorder
    return number if recorder is None else recorder.control(name, number)
