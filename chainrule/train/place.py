"""Where a fit stands: in which epoch, behind which batch, with what summed up; and taking that place again."""

from collections.abc import Iterator
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, Any

from chainrule import config
from chainrule.errors import StateError
from chainrule.train.batch import Batch
from chainrule.train.engine.starting import step_by_step
from chainrule.train.feed import ArrayFeed

if TYPE_CHECKING:
    from chainrule.train.fitting import Fitting
    from chainrule.train.state import State


def place_of(fitting: "Fitting") -> dict[str, Any]:
    """Where a fit stands, as plain data and arrays.

    `within` is None between two epochs. What a loader may draw from is kept as it stood when the epoch began, and
    before its last batch: the batches of an epoch that is gone on with are drawn again, and left out.
    """
    running, feed = fitting.running, fitting.feed
    place = fitting.done if running is None else running.batch or None
    return {
        "epochs": fitting.plan.epochs, "steps": fitting.plan.steps,
        "first_epoch": fitting.first_epoch, "first_step": fitting.first_step, "rows": fitting.rows,
        "seconds": perf_counter() - fitting.begun, "stopped": fitting.trainer.stopped,
        "engine": _engine(fitting), "runs": _runs(fitting),
        "source": {} if isinstance(feed, ArrayFeed) else feed.state_dict(),
        "within": None if place is None else {
            "place": place, "rows": _rows(fitting), "total": fitting.total, "size": fitting.size,
            "measures": fitting.measures.state_dict(), "loader": fitting.loading,
        },
    }


def take_place(fitting: "Fitting", resumed: "State") -> int | None:
    """Let a fit stand where another one stood.

    Args:
        fitting: its engine is ready.
        resumed: what it goes on from.

    Returns:
        How many batches of the epoch are behind it; None between two epochs.

    Raises:
        StateError: within an epoch of other batches.
    """
    before = fitting.before
    resumed.put_streams(fitting.trainer, process=True)
    if not before:
        return None
    fitting.rows = before["rows"]
    if before["engine"] == _engine(fitting) and before["runs"] != _runs(fitting) and fitting.warming is None:
        # What made it go on batch by batch, or by NumPy, lies behind it.
        if before["runs"] == "numpy":
            fitting.running = fitting.stepwise = None
        elif fitting.running is not None:
            fitting.running, fitting.stepwise = None, step_by_step(fitting)
    if not isinstance(fitting.feed, ArrayFeed):
        fitting.feed.load_state_dict(before["source"])
    within = before["within"]
    if within is None:
        return None
    if within["rows"] != _rows(fitting):
        raise StateError("files.other_program", "Trainer.fit, resume", was=within["rows"], now=_rows(fitting))
    fitting.total, fitting.size = within["total"], within["size"]
    fitting.measures.load_state_dict(within["measures"])
    place: int = within["place"]
    if fitting.running is not None:
        fitting.running.go_on(place)
    fitting.rejoined = within
    return place


def batches_from(fitting: "Fitting", begun: int) -> Iterator[Batch]:
    """The batches of the epoch from number `begun` on; a loader draws each from the numbers it would have had."""
    trainer, feed, plan = fitting.trainer, fitting.feed, fitting.plan
    seed = trainer.seed if plan.shuffle else None
    if isinstance(feed, ArrayFeed):
        yield from islice(feed.epoch(trainer.epoch, plan.batch_size, seed, fitting.join_single), begun, None)
        return
    kept = fitting.rejoined["loader"] if fitting.rejoined is not None else None
    if kept is not None:
        feed.load_state_dict(kept["source"])
        trainer.noise.set_state(kept["start"])
    fitting.loading = loading = {"source": feed.state_dict(), "start": trainer.noise.get_state()}
    batches = feed.epoch(trainer.epoch, plan.batch_size, seed, fitting.join_single)
    for _ in range(begun):
        next(batches, None)
    if kept is not None:
        trainer.noise.set_state(kept["batch"])
    while True:
        loading["batch"] = trainer.noise.get_state()
        batch = next(batches, None)
        if batch is None:
            return
        if fitting.resumed is not None and fitting.rejoined is not None:
            fitting.resumed.put_streams(trainer, process=True)
            fitting.rejoined = None
        yield batch


def _rows(fitting: "Fitting") -> str:
    """What an epoch is made of, in words that must be the same when it is gone on with."""
    rows = fitting.feed.rows if isinstance(fitting.feed, ArrayFeed) else "-"
    return f"{rows} rows, batch_size={fitting.plan.batch_size}, shuffle={fitting.plan.shuffle}"


def _engine(fitting: "Fitting") -> str:
    return fitting.trainer.engine or config.engine()


def _runs(fitting: "Fitting") -> str:
    """How the steps are run: many in a call, one, or by NumPy."""
    if fitting.running is not None:
        return "blocks"
    return "numpy" if fitting.stepwise is None and fitting.warming is None else "steps"
