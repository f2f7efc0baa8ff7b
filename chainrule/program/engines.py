"""Who runs a recorded step: NumPy, which always can, or loops compiled for this machine."""

from typing import Any

from chainrule.program.capture import Recording
from chainrule.program.replay import Replay


def runner(recording: Recording, engine: str) -> tuple[Any, str | None]:
    """What replays a recording, called like `Replay`.

    Args:
        recording: from `record`.
        engine: "numpy" or "numba".

    Returns:
        tuple: the runner; why it is not the engine that was asked for, None where it is.
    """
    if engine == "numpy":
        return Replay(recording), None
    try:
        from chainrule.program.loops.step import CompiledStep, Unsupported
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "llvmlite":
            raise
        return Replay(recording), str(error)
    try:
        return CompiledStep(recording), None
    except Unsupported as error:
        return Replay(recording), str(error)

