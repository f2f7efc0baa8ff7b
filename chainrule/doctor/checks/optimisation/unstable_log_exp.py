"""53: an exponential that overflows, or a logarithm of 0, in somebody's own loss or layer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.doctor.case import PAIRS, Case
from chainrule.doctor.changes.losses import stable
from chainrule.doctor.looks.same_loss import same_loss
from chainrule.doctor.suspicion import Check, Evidence, Proof, Suspicion
from chainrule.errors import ChainruleError
from chainrule.nn.module import Module
from chainrule.tape.tracked import Tracked, wrap
from chainrule.train.callbacks.callback import Callback
from chainrule.train.guard.scene import Way
from chainrule.train.trainer import Trainer

UNSTABLE = ("exp", "log", "log1p", "expm1", "power", "divide", "sqrt", "reciprocal", "rsqrt")
SANE = 1e4  # larger numbers than this come from weights that have run away, and no exponential could take them
SURE = 200.0  # logits of a network that is sure of itself: float32 has no exp of more than 88
ROWS = 64


@dataclass(frozen=True)
class _Place:
    """An operation, the number that it was given, and what it made of it."""

    name: str
    given: float
    made: float


def look(case: Case) -> Iterator[Suspicion]:
    """A training that begins or ends in NaN: the first operation that makes none of numbers; else, logits of 200."""
    if case.feed is None:
        return
    broken = any(not np.isfinite(run.end) for run in case.runs(range(PAIRS)))
    proof: Proof = "exact"
    found = _at_once(case) or _in_training(case) if broken else None
    if found is None and not case.first.objective.name:  # a loss of this library takes any logits
        found, proof = _when_sure(case), "convention"
    if found is not None:
        evidence = Evidence("overflow", {"name": found.name, "given": found.given, "made": str(found.made)})
        same = same_loss(case)
        cures = () if same is None else (stable(same),)
        yield Suspicion("unstable_log_exp", proof, (evidence,), cures, 0.95, {"name": found.name})


class _Listener(Callback):
    """Looks at the first step whose loss or gradient is no number, before it is made."""

    reads = "nonfinite"
    found: _Place | None = None

    def on_before_step(self, trainer: Trainer) -> None:
        batch = trainer.batch
        assert batch is not None
        weights = all(np.isfinite(p.numpy()).all() for p in trainer.model.parameters())
        if weights and (batch.loss is None or not np.isfinite(batch.loss)):
            loss = trainer._loss_of(batch, trainer.model(*batch.inputs))
            self.found = _first(loss)
        if not weights or batch.loss is None or not np.isfinite(batch.loss):
            trainer.stop("not finite")


def _at_once(case: Case) -> _Place | None:
    """Where the loss is no number before any step: then no weights have run away, and any answer is to be taken."""
    if np.isfinite(case.initial):
        return None
    trainer = case.first
    assert case.feed is not None
    batch = next(iter(case.feed.epoch(0, case.feed.rows)))
    try:
        with trainer._judging(), np.errstate(all="ignore"):
            outputs: Any = wrap(trainer.model(*batch.inputs).numpy())
        outputs.requires_grad = True
        with np.errstate(all="ignore"):
            return _first(trainer._loss_of(batch, outputs), np.inf)
    except (ChainruleError, AttributeError, FloatingPointError):
        return None


def _in_training(case: Case) -> _Place | None:
    for run in case.runs(range(PAIRS)):
        if np.isfinite(run.end):
            continue
        trainer, listener = case.trainer(run.seed), _Listener()
        try:
            with np.errstate(all="ignore"):
                trainer.fit(
                    case.rows, epochs=case.epochs, batch_size=case.batch_size, callbacks=[listener], progress=False
                )
        except (ChainruleError, FloatingPointError, TypeError):
            return None
        return listener.found
    return None


def _when_sure(case: Case) -> _Place | None:
    """What the loss makes of answers as a network gives them that is sure of itself."""
    trainer = case.first
    assert case.feed is not None
    batch = next(iter(case.feed.take(np.arange(min(ROWS, case.feed.rows))).epoch(0, ROWS)))
    if _squashes(trainer.model):
        return None
    try:
        with trainer._judging(), np.errstate(all="ignore"):
            outputs = trainer.model(*batch.inputs).numpy()
        largest = float(np.abs(outputs).max(initial=0.0))
        if not 0 < largest < np.inf:
            return None
        sure: Any = wrap((outputs * (SURE / largest)).astype(outputs.dtype))
        sure.requires_grad = True
        with np.errstate(all="ignore"):
            loss = trainer._loss_of(batch, sure)
        return None if np.isfinite(loss.item()) else _first(loss)
    except (ChainruleError, AttributeError, FloatingPointError):
        return None


def _squashes(model: Module) -> bool:
    """Whether the network ends with an activation, so that its answers are no logits."""
    leaves = [module for module in model.modules() if next(module.children(), None) is None]
    return bool(leaves) and not list(leaves[-1].parameters())


def _first(loss: Any, sane: float = SANE) -> _Place | None:
    """The first operation on the way to a loss that makes NaN or infinity of sane numbers, if it is an unstable one."""
    for node in sorted(Way(loss._node).nodes, key=lambda node: node.number):
        made = [out for out in node.outs[: node.count] if isinstance(out, np.ndarray | np.generic)]
        if all(np.isfinite(out).all() for out in made):
            continue
        name = str(node.operation.name)
        arrays = [np.asarray(part._array) for part in node.inputs or () if isinstance(part, Tracked)]
        if not arrays or not all(np.isfinite(part).all() for part in arrays):
            return None
        largest = max(float(np.abs(part).max(initial=0.0)) for part in arrays)
        if name not in UNSTABLE or (name in ("exp", "expm1") and largest > sane):
            return None
        wrong = next(out for out in made if not np.isfinite(out).all())
        place = np.argmax(~np.isfinite(wrong))
        first = arrays[-1] if name == "divide" else arrays[0]
        given = first.flat[place] if first.size == wrong.size else first.flat[0]
        return _Place(name, float(given), float(np.asarray(wrong).flat[place]))
    return None


CHECK = Check(53, ("unstable_log_exp",), look)
