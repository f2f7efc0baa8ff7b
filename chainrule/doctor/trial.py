"""The first step, tried before anything is diagnosed: what cannot run has one cause, and says it itself."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from chainrule.doctor.case import Case
from chainrule.doctor.checks.data import labels_coded_wrong, nonfinite_data
from chainrule.doctor.checks.model import no_gradient, output_activation, softmax_on_one_output
from chainrule.doctor.suspicion import Evidence, Suspicion
from chainrule.errors import FourParts
from chainrule.population.building import Builder
from chainrule.train.trainer import Trainer

Look = Callable[[Case], Iterator[Suspicion]]
OWN_CODES = {
    "losses.shapes": "shapes_broadcast", "tensors.no_history": "no_gradient",
    "layers.batch_of_one": "batch_norm_misused", "metrics.needs_classes": "metric_unfit",
}
"""Faults that are known by the error that they end in."""
OF_THE_ROWS: tuple[Look, ...] = (nonfinite_data.look, labels_coded_wrong.look)
OF_THE_LOSS: tuple[Look, ...] = (
    softmax_on_one_output.CHECK.look, output_activation.CHECK.look, labels_coded_wrong.look, nonfinite_data.look,
)


def failure(build: Callable[..., Any], data: Any, batch_size: int, case: Callable[[], Case]) -> Suspicion | None:
    """What ends a training before its first step is done, or rows that no step should see; None where nothing does.

    Raises:
        DtypeError: when `build` gives no Trainer; likewise what else is no affair of a training.
    """
    builder = Builder(build, {}, "diagnose, argument build")
    try:
        trainer = builder(0)
        trainer.guard, trainer.metrics, trainer.callbacks, trainer.engine = "off", (), [], "numpy"
        if type(trainer).fit is Trainer.fit:  # a loop of one's own may know nothing of steps
            trainer.fit(data, steps=1, batch_size=batch_size, progress=False)
    except Exception as error:
        if isinstance(error, FourParts) and error.key.startswith("population."):
            raise
        found = error
    else:
        return _of_others(OF_THE_ROWS, case)
    key = found.key if isinstance(found, FourParts) else ""
    code = OWN_CODES.get(key, "")
    looks = OF_THE_LOSS if key.startswith("losses.") else OF_THE_ROWS
    if code:
        looks = (no_gradient.all_frozen,) if code == "no_gradient" else ()
    owner = _of_others(looks, case)
    if owner is not None:
        return owner
    where = _place(found)
    evidence = Evidence("raised", {"where": where, "got": _words(found)})
    values = {"ends_it": True, "names": where, "name": where}
    return Suspicion(code or "does_not_run", "exact", (evidence,), strength=1.0, values=values)


def _of_others(looks: Sequence[Look], case: Callable[[], Case]) -> Suspicion | None:
    """What the checks of rows, of the network's end, or of labels say: they know better than an error that follows."""
    try:
        given = case()
        return next((found for look in looks for found in look(given)), None)
    except Exception:  # noqa: BLE001 - what does not run is told by its first error
        return None


def _words(error: BaseException) -> FourParts | str:
    return error if isinstance(error, FourParts) else f"{type(error).__name__}: {error}".removesuffix(": ")


def _place(error: BaseException) -> str:
    """The last line outside of this library; what a four-part error says of its place beside it."""
    own = Path(__file__).parents[1]
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if own not in Path(frame.filename).parents]
    line = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    where = error.where if isinstance(error, FourParts) else ""
    return ", ".join(part for part in (where, line) if part)
