"""What a loss says of all targets before the first step: a compiled step looks at no values."""

from typing import TYPE_CHECKING

import numpy as np

from chainrule.errors import ChainruleError
from chainrule.language import say
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import wrap
from chainrule.train.batch import Batch
from chainrule.train.engine.refused import Refused
from chainrule.train.objective import OWN

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

AT_ONCE = 1 << 20  # outputs


def object_to(trainer: "Trainer", batch: Batch, row_shape: tuple[int, ...]) -> None:
    """Refuse a batch, or all rows as one, where the loss would; NumPy then says what is wrong.

    Args:
        trainer: whose loss is asked.
        batch: of inputs, targets and weights.
        row_shape: the shape of the outputs for one row.

    Raises:
        Refused: for targets or weights that the loss takes offence at, and for outputs that it has to look at.
    """
    kind = trainer.objective.kind
    if kind is OWN:
        return
    if kind.targets == "binary" and kind.probable and kind.answer == "none" and not trainer.objective._ends_in():
        raise Refused(say("train.engine_outputs"))
    targets, weights = batch.targets._array, None if batch.weights is None else batch.weights._array
    rows = len(targets)
    step = max(1, AT_ONCE // max(1, int(np.prod(row_shape))))
    try:
        with no_grad():
            for start in range(0, rows, step):
                part = slice(start, start + step)
                zeros = wrap(np.full((len(targets[part]), *row_shape), 0.5, trainer.dtype))
                given = Batch(0, (), wrap(targets[part]), None if weights is None else wrap(weights[part]), 0.0)
                trainer._loss_of(given, zeros)
    except ChainruleError as error:
        raise Refused(str(error).splitlines()[0]) from error
