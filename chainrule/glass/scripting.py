"""`script`: the training of a Trainer as a program of its own."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import language
from chainrule.data import streams
from chainrule.data.arrays import whole
from chainrule.errors import ArgumentError, CaptureError
from chainrule.glass.script_rates import first_rates, movers_of, rates_of
from chainrule.glass.script_words import words_of
from chainrule.nn.batch_norm import BatchNorm
from chainrule.optim.lbfgs import LBFGS
from chainrule.optim.sgd import SGD
from chainrule.program.script.folder import BESIDE, write
from chainrule.program.script.page import page
from chainrule.program.script.searching import Search, plain
from chainrule.program.script.training import Training, Variant
from chainrule.program.script.watch import Watch
from chainrule.tensors.random import drawing_from
from chainrule.train.engine.refused import Refused
from chainrule.train.engine.rehearsal import rehearsed_step
from chainrule.train.feed import ArrayFeed
from chainrule.train.modes import modes
from chainrule.train.one_blas_thread import one_blas_thread
from chainrule.train.opening import opened

if TYPE_CHECKING:
    from chainrule.train.trainer import Trainer


def training_of(trainer: "Trainer", data: Any, epochs: int, batch_size: int, where: str) -> Training:
    """What `trainer.fit(data, epochs=..., batch_size=...)` would do from here on; the Trainer is left as it was.

    Raises:
        CaptureError: when its step cannot be recorded.
        ArgumentError: for data that come from a loader.
    """
    feed = opened(trainer, data, f"{where}, data", batch_size=batch_size, shuffle=True)
    feed = trainer._by_class(feed, f"{where}, data", learn=True)
    if not isinstance(feed, ArrayFeed):
        raise ArgumentError("script.loader", f"{where}, data", got=type(data).__name__)
    search = _search(trainer, where) if trainer._needs_closure else None
    join = any(isinstance(module, BatchNorm) for module in trainer.model.modules())
    rows = feed.rows
    alone = batch_size >= rows or (join and batch_size == rows - 1)
    count = feed.count(batch_size, join)
    size = rows if alone else batch_size
    rest = 0 if alone else rows - (count - 1) * batch_size
    full = _variant(trainer, feed, size, where)
    tail = rest if rest not in (0, size) else 0
    other = None
    if tail:
        other = _variant(trainer, feed, tail, where)
    elif rows > 2:
        other = _probe(trainer, feed, size - 1 if size > 2 else size + 1, where)
    sources = full.recording.sources
    if search is not None:
        sources = {"lr": (trainer.optimizer.param_groups[0], "lr", None)}
    movers = movers_of(trainer, epochs, sources, where)
    rates, by_step = (first_rates(sources), False) if movers else rates_of(trainer, epochs, count, sources)
    return Training(
        full, other, bool(tail), feed.inputs, feed.targets, feed._weights, _counts(trainer, feed),
        trainer.objective.sums, trainer.seed, streams.ORDER, trainer.epoch, epochs, size, rates, by_step,
        _state(trainer), type(trainer.model).__name__,
        {name: words_of(module) for name, module in trainer.model.named_modules()},
        words_of(trainer.loss), words_of(trainer.optimizer), search, movers,
    )


def _search(trainer: "Trainer", where: str) -> Search:
    """The optimizer of a Trainer that asks for the loss several times a step.

    Raises:
        CaptureError: when nobody knows how it goes on.
    """
    optimizer = trainer.optimizer
    if type(optimizer) is not LBFGS:
        raise CaptureError("script.closure", where, optimizer=type(optimizer).__name__)
    (group,) = optimizer.param_groups
    clipped = trainer.clip_norm is not None or trainer.clip_value is not None
    return Search(list(group["params"]), dict(group), plain(optimizer.state.get(group["params"][0], {})), clipped)


def _variant(trainer: "Trainer", feed: ArrayFeed, rows: int, where: str) -> Variant:
    batch = feed._batch(0, np.arange(rows), rows)
    with (
        one_blas_thread(), np.errstate(all="ignore"), modes(trainer.model, training=True),
        drawing_from(trainer.noise), Watch() as watch,
    ):
        optimizer = trainer.optimizer
        try:
            if trainer._needs_closure:  # its gradients alone are recorded, with the simplest step that takes them
                trainer.optimizer = SGD(optimizer.param_groups[0]["params"], lr=1.0)
            step = rehearsed_step(trainer, batch, outputs=False)
        except Refused as error:
            raise CaptureError("script.refused", where, reason=str(error)) from None
        finally:
            trainer.optimizer = optimizer
    return Variant(rows, step.recording, watch.names, watch.results)


def _probe(trainer: "Trainer", feed: ArrayFeed, rows: int, where: str) -> Variant | None:
    try:
        return _variant(trainer, feed, rows, where)
    except CaptureError:
        return None


def _counts(trainer: "Trainer", feed: ArrayFeed) -> Any:
    """What each row counts in the mean over an epoch; None where each counts 1."""
    if feed.mass is None:
        return feed.weights
    weights = feed.weights
    rows = [slice(row, row + 1) for row in range(feed.rows)]
    return np.array([trainer.objective.size(feed.targets[r], None if weights is None else weights[r]) for r in rows])


def _state(trainer: "Trainer") -> dict[str, Any]:
    return dict(trainer.model.state_dict())


LIMIT = 5_000_000
"""Bytes of text; data beyond this need a folder."""


def script(
    trainer: "Trainer", data: Any, epochs: int = 1, batch_size: int = 32, lang: str | None = None,
    out: str | Path | None = None,
) -> str:
    """A training as the NumPy program that a teacher would have written by hand.

    z = x W + b,  dW = xᵀ dz,  W ← W - η dW: functions `forward`, `backward` and `update`, a formula behind each line

    The program needs nothing but NumPy. It is made from the very step that the Trainer records, line by line: in
    float64 its losses and its weights equal those of `trainer.fit(data, epochs=..., batch_size=...)` with
    `engine="numpy"` bit for bit. It prints its losses and leaves `weights.npz` behind, under the names of `state_dict`.

    Args:
        trainer: network, loss, optimizer and schedule; it is left as it was, and the program begins where it stands.
        data: `(X, y)`, `(X,)` or `(X, y, weights)`, as in `Trainer.fit`.
        epochs: at least 1; default 1.
        batch_size: rows a batch, at least 1; default 32.
        lang: of comments and printed words, `"en"` or `"zh"`; the code is the same. Default the language in force.
        out: folder for the program (`network.py`) with its large arrays beside it (`network.npz`), each written whole
            or not at all; default None: all in the text, which may then be at most 5 MB.

    Returns:
        str: the text of the program.

    Raises:
        ArgumentError: an unknown language; more than 5 MB without `out`; data from a loader.
        CaptureError: a step that cannot be recorded; a schedule that watches a metric.
        FileError: when nothing can be written to `out`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> X, y = cr.data.xor()
        >>> model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
        >>> sgd = optim.SGD(model.parameters(), lr=0.5)
        >>> trainer = cr.Trainer(model, loss=nn.BCEWithLogitsLoss(), optimizer=sgd, seed=0)
        >>> text = cr.script(trainer, (X, y), epochs=100, lang="en")
        >>> [line.strip() for line in text.splitlines() if line.strip().startswith("dW1 =")]
        ['dW1 = X.T @ dz1  # ∂L/∂W₁ = Xᵀ ∂L/∂z₁  (2, 4)']
    """
    where = "script"
    words = language.current() if lang is None else lang
    if words not in language.LANGUAGES:
        raise ArgumentError("script.lang", f"{where}, argument lang", got=repr(lang))
    training = training_of(
        trainer, data, whole(epochs, f"{where}, argument epochs", least=1),
        whole(batch_size, f"{where}, argument batch_size", least=1), where,
    )
    text, arrays = page(training, words, BESIDE if out is not None else "")
    if out is None:
        size = len(text.encode())
        if size > LIMIT:
            raise ArgumentError(
                "script.too_large", f"{where}, argument data", size=f"{size / 1e6:.1f}", limit=LIMIT // 1_000_000,
                folder="script",
            )
        return text
    write(Path(out), text, arrays, f"{where}, argument out")
    return text
