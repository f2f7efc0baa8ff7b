"""The first step of a run whose loss is not finite, or after which something that lives between steps is not."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.train.engine.span import Span

if TYPE_CHECKING:
    from chainrule.train.engine.running import Running


def finite_steps(running: "Running", span: Span) -> int | None:
    """How many steps of a span that was run went well; None where all did.

    What is NaN or infinite once stays so: the step is found by halving.

    Args:
        running: that has remembered what was before the span.
        span: that was run to its end.
    """
    if _all_finite(running, span, span.steps):
        return None
    good, bad = 0, span.steps
    while bad - good > 1:
        middle = (good + bad) // 2
        running.again(span, middle)
        good, bad = (middle, bad) if _all_finite(running, span, middle) else (good, middle)
    return good


def _all_finite(running: "Running", span: Span, steps: int) -> bool:
    losses = running.steps.losses(span).reshape(-1)[:steps]
    return bool(np.isfinite(losses).all()) and all(_finite(array) for array in running.kept)


def _finite(array: np.ndarray[Any, Any]) -> bool:
    """Its sum tells nearly always; one that overflows is looked at again."""
    return array.dtype.kind != "f" or bool(np.isfinite(array.sum()) or np.isfinite(array).all())
