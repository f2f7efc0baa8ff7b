"""What a constant factor between two gradients means."""

from typing import Any

import numpy as np

from chainrule.glass.examining.derivation import Derivation
from chainrule.glass.examining.nearness import is_about
from chainrule.ops.program import Program

_NORMS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 2.5, 3.0, 5.0, 10.0, 100.0)


def divisor(of: Derivation) -> float:
    """What the mean of this loss divides by: numbers, or rows for classes; 1 where it sums."""
    if _reduction(of.recorded.program) == "sum":
        return 1.0
    size = float(np.size(of[of.answer])) if of.answer in of else float(of.rows)
    return float(of.rows) if of.loss.function in ("cross_entropy", "nll") else size


def _reduction(program: Program) -> str:
    found = [dict(region.static).get("reduction") for region in program.regions]
    return next((str(reduction) for reduction in found if reduction is not None), "mean")


def scale_findings(
    of: Derivation, ratio: float, rates: tuple[float, ...], norm: float
) -> list[tuple[str, dict[str, Any]]]:
    """The names of the mistakes that make one factor, the likeliest first; two where the sign is wrong as well.

    Args:
        of: the right backward pass.
        ratio: got = ratio · right.
        rates: learning rates of the optimizer.
        norm: of all gradients that were got.
    """
    by = divisor(of)
    rows = float(of.rows)
    outputs = float(np.size(of[of.answer])) / rows if of.answer in of else 1.0
    words: dict[str, Any] = {"factor": f"{ratio:.6g}", "rows": of.rows, "outputs": int(outputs), "size": int(by)}
    for rate in rates:
        if is_about(ratio, -rate) and not is_about(rate, 1.0):
            return [("returned_the_step", {**words, "rate": f"{rate:g}"})]
    if ratio < 0:
        rest = [] if is_about(ratio, -1) else scale_findings(of, -ratio, (), norm)
        return [("sign", words), *rest]
    squares = of.loss.function == "mse"
    named: list[tuple[float, str]] = []
    if by > 1:
        named += [(by, "sum_instead_of_mean"), (rows, "sum_instead_of_mean")]
        if outputs > 1:
            named += [(outputs, "mean_over_rows_only")] if by > rows else []
            named += [] if by > rows else [(1 / outputs, "averaged_over_outputs_too")]
        named += [(1 / by, "averaged_twice"), (1 / rows, "averaged_twice")]
        if squares:
            named += [(half, "sum_instead_of_mean+factor_two_missing") for half in (by / 2, rows / 2)]
            named += [(outputs / 2, "mean_over_rows_only+factor_two_missing")] if outputs > 1 else []
    else:
        named += [(1 / rows, "mean_instead_of_sum"), (1 / (rows * outputs), "mean_instead_of_sum")]
    weight = of.divided_by
    if weight is not None and not is_about(weight, by):
        named += [(weight, "sum_instead_of_mean"), (weight / by, "weights_divided_by_rows")]
    halves = [(0.5, "factor_two_missing")] if squares else []
    halves.append((2.0, "factor_two_extra"))
    named = [*halves, *named] if squares and rows == 2 else [*named, *halves]
    for factor, finding in named:
        if factor != 1 and is_about(ratio, factor):
            return [(name, words) for name in finding.split("+")]
    for rate in rates:
        if is_about(ratio, rate):
            return [("returned_the_step", {**words, "rate": f"{rate:g}"})]
    if any(abs(norm / limit - 1) < 1e-6 for limit in _NORMS) and ratio < 1:
        return [("clipped_by_norm", {**words, "norm": f"{norm:.6g}"})]
    return [("constant_factor", words)]
