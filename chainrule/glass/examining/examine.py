"""`cr.examine`: a learner's own backward pass, judged, with the wrong term named."""

import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from chainrule.errors import ArgumentError, ChainruleError, DtypeError
from chainrule.glass.examining.derivation import Derivation
from chainrule.glass.examining.layers import corners
from chainrule.glass.examining.nearness import Nearness, nearness
from chainrule.glass.examining.report import Finding, Layout, Report, Verdict
from chainrule.glass.examining.running import WHERE, Called, call
from chainrule.glass.examining.search import Search
from chainrule.glass.explaining.gathering import Gathering
from chainrule.glass.naming import named
from chainrule.glass.recording import batch_of, recorded, with_inputs
from chainrule.train.engine.rehearsal import tensors_of
from chainrule.train.one_blas_thread import one_blas_thread

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer

ROUGH = 1e-4
"""A smaller deviation that no known mistake explains is no mistake: differences with a coarse step are no nearer."""
NOISE = 1e-9
"""A larger deviation of right gradients is worth a word: float32, or a small number added somewhere."""


def examine(
    my_backward: Callable[..., Any], trainer: "Trainer", batch: Any,
    layout: Literal["articles", "pytorch"] | None = None,
) -> Report:
    """Run a backward pass that somebody wrote by hand, and say which of its terms is wrong, and how.

    The function is called as `my_backward(parameters, X, y)`, with parameters W1, b1, W2 … as NumPy arrays, and returns
    a dict with a gradient for each of them. It is compared with the gradients that the Trainer would take, and the
    known mistakes are tried on the right derivation until one gives the very numbers that the function gives.

    Args:
        my_backward: the function; `"dW1"`, `"grad_W1"` and names as `"0.weight"` are taken for `"W1"` too.
        trainer: network and loss that it is to be the backward pass of; it is left as it was.
        batch: `(X, y)`, as in `Trainer.fit`.
        layout: of the weights: `"articles"` is (inputs, outputs), `"pytorch"` (outputs, inputs); default the one with
            which the function works.

    Returns:
        Report: `correct`, `finding`, `where`, `report["W2"].correct`; `print` it for the whole story.

    Raises:
        DtypeError: something that is no function or Trainer, or a function that returns no dict of arrays.
        ArgumentError: an unknown layout, a function that returns nothing under a parameter's name, or one that raises
            something itself.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> X, y = cr.data.xor()
        >>> trainer = cr.Trainer(nn.Linear(2, 1), loss=nn.MSELoss(), dtype="float64")
        >>> def my_backward(parameters, X, y):
        ...     dz1 = X @ parameters["W1"] + parameters["b1"] - y
        ...     return {"W1": X.T @ dz1, "b1": dz1.sum(0)}
        >>> report = cr.examine(my_backward, trainer, (X, y))
        >>> report.correct, report.finding, [finding.name for finding in report.findings]
        (False, 'sum_instead_of_mean', ['sum_instead_of_mean', 'factor_two_missing'])
    """
    if not callable(my_backward):
        raise DtypeError("examine.no_function", WHERE, got=type(my_backward).__name__)
    if not hasattr(trainer, "objective"):
        raise DtypeError("explain.trainer", "examine, argument trainer", got=type(trainer).__name__)
    if layout not in (None, "articles", "pytorch"):
        raise ArgumentError("examine.layout", "examine, argument layout", got=repr(layout))
    with one_blas_thread():
        return _examined(my_backward, trainer, batch, layout)


def _examined(my_backward: Callable[..., Any], trainer: "Trainer", batch: Any, layout: Layout | None) -> Report:
    """The whole of it, once the arguments are what they should be."""
    rows = batch_of(trainer, batch, "examine, argument batch")
    step = recorded(trainer, rows, "examine", update=False)
    names = named(step)
    given = with_inputs(step, tensors_of(rows))
    of, words = Derivation(step, given, names), Gathering(step, given, names)
    if "X" not in of or "y" not in of:
        raise ArgumentError("examine.inputs", "examine, argument batch", got=len(rows.inputs))
    rates = tuple(dict.fromkeys(float(group["lr"]) for group in trainer.optimizer.param_groups if "lr" in group))
    best: Report | None = None
    failed: Exception | None = None
    tried: tuple[Layout, ...] = ("articles", "pytorch") if layout is None else (layout,)
    for way in tried:
        try:
            called = call(my_backward, of, names, trainer.dtype, way)
        except Exception as error:  # noqa: BLE001 - the learner's own, to be told unless the other layout works
            if failed is None or _line(error, my_backward) > _line(failed, my_backward):
                failed = error
            continue
        found = _judged(of, words, called, rates)
        if best is None or _rank(found) > _rank(best):
            best = found
        if best.correct:
            break
    if best is None:
        assert failed is not None
        if isinstance(failed, ChainruleError):
            raise failed
        got = f"{type(failed).__name__}: {failed}".removesuffix(": ")
        raise ArgumentError("examine.raised", _place(failed, my_backward), got=got) from failed
    return best


def _line(error: Exception, function: Callable[..., Any]) -> int:
    """How far a function had come when it raised this; 0 where it had not begun."""
    code = getattr(function, "__code__", None)
    return next((line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code is code), 0)


def _place(error: Exception, function: Callable[..., Any]) -> str:
    """The line of a function that raised an error."""
    line, code = _line(error, function), getattr(function, "__code__", None)
    return f"{WHERE}, {Path(code.co_filename).name}, line {line}" if code is not None and line else WHERE


def _rank(report: Report) -> tuple[bool, bool, int]:
    """Which of two readings of a function is the better one."""
    explained = bool(report.findings) and report.finding not in ("unexplained", "wrong_shape", "transposed")
    return report.correct, explained, sum(verdict.correct for verdict in report.verdicts.values())


def _judged(of: Derivation, words: Gathering, called: Called, rates: tuple[float, ...]) -> Report:
    near = nearness(called.dtype)
    verdicts = {name: _verdict(of, words, called, near, name) for name in of.parameters}
    correct = all(verdict.correct for verdict in verdicts.values())
    layout: Layout = "pytorch" if called.turned or called.layout == "pytorch" else "articles"
    findings: list[Finding] = []
    if not correct:
        corner = _corner(of, called, near)
        if corner is not None:
            findings, correct = [corner], True
            verdicts = {name: replace(verdict, correct=True) for name, verdict in verdicts.items()}
    if not correct:
        worst = max((_share(of, verdict) for verdict in verdicts.values()), default=ROUGH)
        # a small deviation is a mistake only where one explains it much better than it is small
        sharp = near if worst >= ROUGH else Nearness(min(near.relative, 1e-3 * worst), near.rounding)
        findings = Search(of, called.got, sharp, rates, words.expression).run()
        if worst < ROUGH and findings and findings[0].name == "unexplained":
            findings, correct = [], True
            verdicts = {name: replace(verdict, correct=True) for name, verdict in verdicts.items()}
    if called.doubled or called.unsteady:
        name = "accumulated_between_calls" if called.doubled else "changes_between_calls"
        findings, correct = [Finding(name, "everywhere"), *findings], False
    if called.changed:
        note = Finding("updates_inside_backward", "everywhere", (("names", ", ".join(called.changed)),))
        findings = [*findings, note]
    elif correct and not findings:
        worst = max((verdict.deviation or 0.0 for verdict in verdicts.values()), default=0.0)
        if worst > NOISE:
            findings = [Finding("float32_noise", "everywhere", (("deviation", f"{worst:.1e}"),))]
        silent = [f"d{name}" for name in of.parameters if of.truth[name].size and not of.truth[name].any()]
        if silent:
            findings = [*findings, Finding("nothing_to_compare", "everywhere", (("names", ", ".join(silent)),))]
    return Report(correct, tuple(_with_rate(finding, of, rates) for finding in findings), layout, verdicts)


def _share(of: Derivation, verdict: Verdict) -> float:
    """How far a gradient is off, as a share of what the terms of its sum add up to."""
    if verdict.got is None or verdict.deviation is None or not np.isfinite(verdict.got).all():
        return ROUGH
    natural = of.natural_size(verdict.name)
    return float(np.abs(verdict.got - verdict.expected).max(initial=0.0)) / natural if natural else ROUGH


def _corner(of: Derivation, called: Called, near: Nearness) -> Finding | None:
    """A slope at the very corner of a ReLU that is another one than ours, and as good."""
    for share in (1.0, 0.5):
        instead = corners(of, share)
        if not instead:
            return None
        made = of.mistaken(instead)
        if all(
            name in called.got and near.same(called.got[name], made.truth[name], of.natural_size(name))
            for name in of.parameters
        ):
            return Finding("slope_at_the_corner", "everywhere", (("slope", f"{share:g}"),))
    return None


def _with_rate(finding: Finding, of: Derivation, rates: tuple[float, ...]) -> Finding:
    """A factor on all gradients, said with the learning rate that makes up for it."""
    words = dict(finding.words)
    if "factor" not in words:
        return finding
    rate = rates[0] if rates else 1.0
    factor = float(words["factor"])
    words["rate"], words["other_rate"] = words.get("rate", f"{rate:g}"), f"{rate / factor:.6g}" if factor else "-"
    return Finding(finding.name, finding.where, tuple(words.items()), finding.right)


def _verdict(of: Derivation, words: Gathering, called: Called, near: Nearness, name: str) -> Verdict:
    want = of.truth[name]
    got = called.got.get(name)
    slope = of.names.slope[name]
    formula = f"{slope} = {words.expression(slope)}"
    if got is None or got.shape != want.shape:
        return Verdict(name, False, None, got, want, formula)
    gap = float(np.abs(got - want).max(initial=0.0))
    most = float(np.abs(want).max(initial=0.0))
    natural = of.natural_size(name)
    noise = most <= near.rounding * natural
    deviation = gap / (natural if noise and natural else most) if most or natural else gap
    return Verdict(name, near.same(got, want, natural), deviation, got, want, formula)
