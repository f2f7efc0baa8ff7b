"""`Trainer`: a network, a loss and an optimizer, and the loop that nobody has to write."""

import copy
import inspect
import os
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.config import check_engine
from chainrule.data import streams
from chainrule.data.arrays import real, whole
from chainrule.errors import ArgumentError, DtypeError, ShapeError, StateError
from chainrule.nn.module import Module
from chainrule.optim.adam import Adam
from chainrule.optim.lbfgs import LBFGS
from chainrule.optim.optimizer import Optimizer
from chainrule.tape.tracked import wrap
from chainrule.tensors.gate import checked_dtype
from chainrule.tensors.random import Generator
from chainrule.train.batch import Batch
from chainrule.train.callbacks.callback import Callback
from chainrule.train.class_weights import ClassWeights
from chainrule.train.engine.report import Report
from chainrule.train.feed import ArrayFeed, arrays
from chainrule.train.fitting import Fitting, Plan
from chainrule.train.guard.looking import checked, look
from chainrule.train.history import History
from chainrule.train.learner import JUDGING, NOISE, Learner
from chainrule.train.lr_range_test import LRRangeTest, range_test
from chainrule.train.lr_sweep import LRSweep, sweep
from chainrule.train.measures import Measures
from chainrule.train.objective import Objective
from chainrule.train.one_blas_thread import one_blas_thread
from chainrule.train.opening import Feed, casting, opened, parted
from chainrule.train.prediction import FEW, answers
from chainrule.train.progress.choosing import choose
from chainrule.train.rates import Rates
from chainrule.train.resuming import resumed_from

__all__ = ["JUDGING", "NOISE", "Trainer"]


class Trainer(Learner):
    """Trains a network: batches, gradients, updates, validation, metrics, history.

    The order of the rows, the noise (dropout) and the validation split depend on `seed` alone; the same seed gives the
    same bytes in any process, with any number of processors. A second `fit` goes on where the first one ended.

    Args:
        model: the network.
        loss: a loss module, or a function of (outputs, targets) or (outputs, targets, weights), that gives one number.
        optimizer: over the parameters of the network; default `optim.Adam(model.parameters())`.
        metrics: names such as `"accuracy"`, metrics, or functions of (targets, outputs).
        schedule: a function of the optimizer step, counted from 0, to the learning rate (`optim.schedules`); the ratios
            between parameter groups are kept. Or one or several `optim.lr_scheduler`, moved on after every epoch.
        callbacks: what happens beside the training, in every fit.
        seed: of order, noise and split, 0 … 2**63 - 1; default the next number of the stream of `cr.manual_seed`.
        dtype: `"float32"` or `"float64"`: what parameters and buffers are converted to, in place; default as they are.
        clip_norm: shorten the gradients together to at most this norm, above 0; default not.
        clip_value: hold each number of the gradients within this bound, at least 0; default not.
        class_weight: class number to weight, or `"balanced"`, or a sequence; multiplies the weights of the rows.
        engine: `"numba"` or `"numpy"`: what runs the steps; default the one in force, see `settings`.
        guard: what happens to a training that cannot go well (NaN in the data, a softmax that the loss has inside,
            layers that the optimizer does not know): `"refuse"` (default); `"warn"` says it and begins, and what cannot
            be computed ends there; `"off"` does not look. What is allowed and hardly meant, as a column that is not
            scaled, is a `ChainruleWarning`, and never refused.
        warm_start: `"numpy"` begins at once with NumPy while the engine compiles, which takes over at the end of an
            epoch: the bytes of the weights then depend on how long that takes. Default: the engine runs every step.

    Attributes:
        history: the `History` of the latest fit.
        epoch: number of the next epoch, or of the one it is in; counted from 0 over all fits.
        last_epoch: how many epochs there will be after this fit; None where steps decide.
        step: optimizer steps so far, over all fits.
        batch: the `Batch` it is at; None outside a fit.
        noise: the stream of random numbers that the network draws from while it trains.

    Raises:
        DtypeError: for a model that is no module, or an optimizer that is none.
        ArgumentError: for an unknown engine, and numbers out of range.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> X, y = cr.data.xor()
        >>> _ = cr.manual_seed(0)
        >>> net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
        >>> adam = optim.Adam(net.parameters(), lr=0.1)
        >>> trainer = cr.Trainer(net, loss=nn.BCEWithLogitsLoss(), optimizer=adam, metrics=["accuracy"], seed=0)
        >>> history = trainer.fit((X, y), epochs=200)
        >>> history["accuracy"][-1], trainer.predict_classes(X)[:, 0].tolist()
        (1.0, [0, 1, 1, 0])
    """

    def __init__(
        self,
        model: Module,
        loss: Any,
        optimizer: Optimizer | None = None,
        metrics: Sequence[Any] = (),
        schedule: Any = None,
        callbacks: Sequence[Callback] = (),
        seed: int | None = None,
        dtype: Any = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        class_weight: Any = None,
        engine: str | None = None,
        guard: Literal["refuse", "warn", "off"] = "refuse",
        warm_start: Literal["numpy"] | None = None,
    ) -> None:
        if not isinstance(model, Module):
            raise DtypeError("train.model", "Trainer, argument model", got=type(model).__name__)
        self.model = model
        self.loss = loss
        self.optimizer = Adam(model.parameters()) if optimizer is None else optimizer
        if not hasattr(self.optimizer, "param_groups"):
            raise DtypeError("train.optimizer", "Trainer, argument optimizer", got=type(optimizer).__name__)
        if dtype is not None:
            _convert(model, loss, self.optimizer, checked_dtype(dtype, "Trainer, argument dtype"))
        self.objective = Objective(loss, model)
        self.metrics = (metrics,) if isinstance(metrics, str) else tuple(metrics)
        self.objective.metrics(self.metrics, np.zeros((1, 1)))  # unknown names are refused here
        self.schedule = schedule
        self.rates = Rates(schedule, self.optimizer)
        self.callbacks = [callbacks] if isinstance(callbacks, Callback) else list(callbacks)
        self.seed = streams.next_seed() if seed is None else seed
        self.clip_norm = None if clip_norm is None else real(clip_norm, "Trainer, argument clip_norm", least=1e-300)
        self.clip_value = None if clip_value is None else real(clip_value, "Trainer, argument clip_value", least=0.0)
        self.class_weights = None if class_weight is None else ClassWeights(class_weight)
        check_engine(engine, "Trainer, argument engine")
        self.engine = engine
        self.guard = checked(guard)
        if warm_start not in (None, "numpy"):
            raise ArgumentError("train.warm_start", "Trainer, argument warm_start", got=repr(warm_start))
        self.warm_start = warm_start
        self.history = History()
        self.epoch = self.step = 0
        self.last_epoch: int | None = None
        self.batch: Batch | None = None
        self.stopped: str | None = None
        self._weighted: Callable[[Any, Any, Any], Any] | None = None
        self._needs_closure = _needs_closure(self.optimizer)
        self._report = Report()
        self._steps: Any = None
        self._forwards: Any = None
        self._row: tuple[tuple[int, ...], ...] | None = None  # the shape of a row that was learnt from
        self._fitting: Any = None

    @property
    def seed(self) -> int:
        """What order, noise and split depend on; a new seed begins the noise anew."""
        return self._seed

    @seed.setter
    def seed(self, seed: int) -> None:
        self._seed = whole(seed, "Trainer, argument seed", least=0, most=2**63 - 1)
        self.noise = Generator(self._seed)
        self.noise.set_state((self._seed, NOISE))
        self._apart = Generator(self._seed)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of number that the network works in."""
        return next((p.dtype for p in self.model.parameters() if p.dtype.kind == "f"), np.dtype(np.float32))

    # --- training -----------------------------------------------------------------------------------------------

    def fit(
        self,
        data: Any,
        validation: Any = None,
        epochs: int | None = None,
        batch_size: int = 32,
        steps: int | None = None,
        sample_weight: Any = None,
        shuffle: bool = True,
        callbacks: Sequence[Callback] = (),
        progress: bool | None = None,
        resume: str | os.PathLike[str] | None = None,
    ) -> History:
        """Train, and say what it was like.

        A batch that holds all rows is not shuffled; the last short batch is kept, and joins the one before it where it
        has one row and the network a batch norm. Ctrl-C ends the fit after its step: the weights stay, the history too.

        Args:
            data: `(X, y)` arrays, tensors, lists or frames; `(X,)` to learn X itself; `(X, y, weights)`; a
                `DataLoader`, or anything else that gives such batches. X as a tuple is one array for each argument of
                the network.
            validation: what each epoch is judged by: a share of the rows (stratified for classes, the same in every fit
                of the same rows) or their number, data of its own, or None.
            epochs: at least 1; default 1, or as many as `steps` need.
            batch_size: rows a batch, at least 1; more than there are means all.
            steps: updates after which the fit ends, within an epoch if need be.
            sample_weight: (n,) weights of the rows: a weight of 2 counts like the row twice, 0 like no row.
            shuffle: another order of the rows in each epoch.
            callbacks: for this fit only, after those of the Trainer.
            progress: True shows how far it is, as plain lines where there is no terminal; False does not; default where
                somebody looks: in a terminal or notebook.
            resume: a folder that `Checkpoint` has written to, or one file of it: go on with that fit, to the very bytes
                of a fit that nobody disturbed. `epochs` and `steps` are then those of the whole fit, by default what
                it was given. An empty folder begins one, where a `Checkpoint` of this fit writes to it.

        Returns:
            The history of this fit, epochs numbered over all fits. Compiled steps leave no gradients behind; `report()`
            tells what ran.

        Raises:
            DataError: NaN, infinity, or nothing in the data; targets that the loss or the last layer cannot have.
            ShapeError: X and y that do not fit each other or the network.
            StateError: a callback failed, or layers that the optimizer does not know.
            GradientError: outputs from which no gradient reaches the parameters.
            FileError: no checkpoint to go on from, or none that is whole.
        """
        where = _arg("data")
        endless = epochs is None and steps is not None
        begun = perf_counter()
        extra = [callbacks] if isinstance(callbacks, Callback) else list(callbacks)
        resumed = None if resume is None else resumed_from(self, resume, [*self.callbacks, *extra])
        if resumed is not None and resumed.fit is not None and epochs is None and steps is None:
            epochs, steps = resumed.fit["epochs"], resumed.fit["steps"]
            endless = epochs is None
        plan = Plan(
            None if endless else whole(1 if epochs is None else epochs, _arg("epochs"), least=1),
            None if steps is None else whole(steps, _arg("steps"), least=1),
            whole(batch_size, _arg("batch_size"), least=1),
            shuffle,
            None if resumed is None or resumed.fit is None else resumed.fit["first_step"],
        )
        feed = opened(self, data, where, sample_weight, plan.batch_size, shuffle=shuffle)
        judged: Feed | None = None
        apart: Feed | None = None
        if isinstance(validation, float | int | np.floating) and not isinstance(validation, bool):
            share = validation if isinstance(validation, int) else float(validation)
            feed, judged = parted(self, feed, share, _arg("validation"))
        elif validation is not None:
            judged = apart = opened(self, validation, _arg("validation"), batch_size=FEW)
        unweighted = apart is not None and _weighted(feed) and not _weighted(apart)
        feed = self._by_class(feed, where, learn=True)
        judged = None if judged is None else self._by_class(judged, _arg("validation"))
        measures = Measures(self.metrics, self.objective)
        display = choose(progress)
        fitting = Fitting(self, feed, judged, plan, measures, [*self.callbacks, *extra], display, resumed)
        with one_blas_thread():  # other threads would go on waiting for work beside the engine's
            answer = look(
                self, feed, judged if apart is not None else None, plan, unweighted=unweighted,
                watched=bool(fitting.events.callbacks),
            )
        self._row = tuple(part.shape[1:] for part in feed.inputs) if isinstance(feed, ArrayFeed) else None
        if isinstance(feed, ArrayFeed):
            classes = answer[0] if answer else None
            fitting.floor, fitting.best_constant = self.objective.yardsticks(feed.targets, feed.weights, classes)
        looked = perf_counter() - begun
        try:
            return fitting.run()
        finally:
            self._report.looked = looked

    def stop(self, why: str) -> None:
        """End the fit after the event in which a callback says so; `why` stands in the history."""
        self.stopped = why

    def report(self) -> Report:
        """What ran the steps of the last fit, and why NumPy did where another engine was in force.

        Returns:
            Report: `print` says it in words.
        """
        return self._report

    def evaluate(self, data: Any, batch_size: int = FEW, sample_weight: Any = None) -> dict[str, float]:
        """Loss and metrics on `data`, with the weights of `sample_weight` and of the classes, as in a fit.

        Args:
            data: as in `fit`.
            batch_size: rows at a time; changes nothing but rounding.
            sample_weight: (n,) weights of the rows.

        Returns:
            `"loss"`, and every metric by its name.

        Raises:
            DataError: NaN, infinity, or nothing in the data.
            ShapeError: X and y that do not fit each other or the network.
        """
        size = whole(batch_size, "Trainer.evaluate, batch_size", least=1)
        where = "Trainer.evaluate, data"
        feed = self._by_class(opened(self, data, where, sample_weight, size), where)
        with one_blas_thread(), np.errstate(all="ignore"):
            return self._judge(feed, Measures(self.metrics, self.objective), size)

    def predict(self, X: Any, batch_size: int | None = None) -> NDArray[Any]:
        """The network's own outputs, in evaluation mode.

        A row's answer does not depend on the rows beside it; up to 256 rows at once, a dense network gives each the
        very bits that it gives it alone. With a `batch_size` of 8 or fewer that holds for any number of rows.

        Args:
            X: (n, ...) rows; a tuple of arrays is one for each argument of the network.
            batch_size: rows at a time; default 8 for up to 256 rows, else 256.

        Returns:
            (n, outputs), whatever the network gives for a row.

        Raises:
            DataError: NaN, infinity, or nothing in X.
            ShapeError: rows that do not fit the network, or outputs that are not one a row.
        """
        row = self._forwards.row if self._forwards is not None else None
        if row is not None and batch_size is None and type(X) is np.ndarray:
            answer: NDArray[Any] | None = row(X)
            if answer is not None:
                return answer
        where = "Trainer.predict"
        size = None if batch_size is None else whole(batch_size, "Trainer.predict, batch_size", least=1)
        feed = arrays((X,), casting(self), where)
        self._not_a_row(feed, where)
        with one_blas_thread(), np.errstate(all="ignore"), self._judging():
            found = answers(self.model, feed.inputs, size, self._answered, where)
            if feed.rows == 1 and batch_size is None and self._forwards is not None:
                self._forwards.serve([wrap(part) for part in feed.inputs])
            return found

    def predict_proba(self, X: Any, batch_size: int | None = None) -> NDArray[Any]:
        """Probabilities of the classes, as the loss means the outputs: sigmoid or softmax of logits, or as they are.

        Args:
            X: as in `predict`.
            batch_size: as in `predict`.

        Returns:
            (n, K), one column a class, as in scikit-learn: two for one output; for several 0-or-1 targets one each.

        Raises:
            StateError: when the loss says nothing of probabilities, and outputs leave [0, 1].
        """
        p = self.objective.probabilities(self.predict(X, batch_size))
        if not self.objective.kind.probable and not ((p >= 0) & (p <= 1)).all():
            raise StateError("train.no_probabilities", "Trainer.predict_proba", loss=type(self.loss).__name__)
        single = p.reshape(-1, 1) if p.ndim == 1 else p
        return np.concatenate([1 - single, single], axis=1) if single.shape[1:] == (1,) else single

    def predict_classes(self, X: Any, threshold: float = 0.5, batch_size: int | None = None) -> NDArray[np.int64]:
        """The class that the network decides for.

        Args:
            X: as in `predict`.
            threshold: one output, or one of several 0-or-1 targets, is class 1 above this probability; 0 … 1.
            batch_size: as in `predict`.

        Returns:
            0 or 1 in the shape of the outputs, or (n,) class numbers: that of the largest of several outputs.
        """
        limit = real(threshold, "Trainer.predict_classes, threshold", least=0.0, most=1.0)
        outputs = self.predict(X, batch_size)
        if outputs.ndim > 1 and outputs.shape[1] > 1 and self.objective.kind.targets != "binary":
            return np.asarray(outputs.argmax(axis=1))
        margin = self.objective.middle - 0.5
        return (self.objective.probabilities(outputs) > limit + margin).astype(np.int64)

    # --- learning rates -----------------------------------------------------------------------------------------

    def lr_range_test(
        self, data: Any, low: float = 1e-6, high: float = 10.0, points: int = 22, steps: int = 30, repeats: int = 3,
        batch_size: int = 32,
    ) -> LRRangeTest:
        """Try learning rates from very small to very large, each from the same weights, and suggest one.

        The Trainer is left as it was.

        Args:
            data: as in `fit`.
            low: the smallest rate, above 0.
            high: the largest rate, above `low`.
            points: how many rates, evenly spaced on a logarithmic scale, at least 3.
            steps: updates at each rate, at least 1.
            repeats: orders of the rows that each rate is tried with, at least 2: how far they differ is the noise.
            batch_size: rows a batch.

        Returns:
            Rates, losses, and `suggestion`: None when it cannot be told, with the reason in `verdict`.

        Raises:
            ArgumentError: for numbers out of range.
        """
        return range_test(self, data, low, high, points, steps, repeats, batch_size)

    def lr_sweep(
        self, data: Any, rates: Sequence[float] = (0.1, 0.01, 0.001), epochs: int = 1000, batch_size: int = 32
    ) -> LRSweep:
        """Train at each learning rate, each from the same weights, and say which diverged, is slow, is good.

        The Trainer is left as it was.

        Args:
            data: as in `fit`.
            rates: above 0.
            epochs: of each run.
            batch_size: rows a batch.

        Returns:
            A history and a verdict for each rate.

        Raises:
            ArgumentError: for numbers out of range.
        """
        return sweep(self, data, rates, epochs, batch_size)

    def better(self, name: str) -> Literal["min", "max"]:
        """Which way the curve of this `name` gets better."""
        metric = self.objective.metrics(self.metrics, np.zeros((1, 1))).get(name.removeprefix("val_"))
        return "min" if metric is None else metric.better

    def __repr__(self) -> str:
        loss = type(self.loss).__name__ if isinstance(self.loss, Module) else getattr(self.loss, "__name__", "loss")
        parts = (type(self.model).__name__, loss, type(self.optimizer).__name__)
        return f"Trainer({', '.join(parts)}, seed={self.seed}, epoch={self.epoch}, step={self.step})"

    # --- inside -------------------------------------------------------------------------------------------------

    def _not_a_row(self, feed: ArrayFeed, where: str) -> None:
        """Refuse a single row that came without the axis of rows, which nothing else could tell from many."""
        if self._row is not None and self._row == tuple(part.shape for part in feed.inputs) and all(self._row):
            raise ShapeError("train.bare_row", f"{where}, X", shape=feed.inputs[0].shape)

    def _by_class(self, feed: Feed, where: str, *, learn: bool = False) -> Feed:
        """The same `feed` with the weights of the classes; `learn` counts its classes, `where` is for errors.

        Raises:
            ArgumentError: for balanced weights and a loader.
        """
        weights = self.class_weights
        if weights is None:
            return feed
        if isinstance(feed, ArrayFeed):
            if learn or weights.known is None:
                weights.learn(feed.targets, f"{where}, y")
            return feed.weighted(weights, where)
        if weights.known is None:
            raise ArgumentError("train.balanced_loader", where)
        feed.class_weights = weights
        return feed


def _weighted(feed: Feed) -> bool:
    return isinstance(feed, ArrayFeed) and feed.weights is not None


def _arg(name: str) -> str:
    return f"Trainer.fit, {name}"


def _convert(model: Module, loss: object, optimizer: Optimizer, dtype: np.dtype[Any]) -> None:
    """Parameters, buffers and what the optimizer keeps of them, in another type; all objects stay the same."""
    model.to(dtype)
    if isinstance(loss, Module):
        loss.to(dtype)
    if optimizer.state:
        optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))


def _needs_closure(optimizer: Optimizer) -> bool:
    """Whether a step of this optimizer asks for the loss again: L-BFGS, and one whose `step` cannot do without."""
    if isinstance(optimizer, LBFGS):
        return True
    given = inspect.signature(optimizer.step).parameters.get("closure")
    return given is not None and given.default is inspect.Parameter.empty
