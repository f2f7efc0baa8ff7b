"""One training, watched: what rules on statistics of a single run can know."""

import warnings
from dataclasses import dataclass, field

import numpy as np

import chainrule as cr
from chainrule import nn
from corpus.case import Drawn
from corpus.setup import Array, builder

ROWS = 128
LOOKS = 10
ACTS = (
    nn.ReLU, nn.Tanh, nn.Sigmoid, nn.Softmax, nn.LeakyReLU, nn.GELU, nn.SiLU, nn.ELU, nn.SELU,
)
BROKE = (cr.ChainruleError, ValueError, FloatingPointError, RuntimeError, TypeError, IndexError)


@dataclass(frozen=True)
class Seen:
    """A dense layer at one moment.

    Attributes:
        weights: its weights.
        bias: its biases; empty for none.
        gives: what it gives for some rows.
        activation: name of what follows; "" for nothing.
        after: what that gives.
        gradient: of the weights; empty for none.
    """

    weights: Array
    bias: Array
    gives: Array
    activation: str
    after: Array
    gradient: Array


@dataclass
class Trace:
    """A training as it went.

    Attributes:
        inputs: the rows, as numbers.
        targets: what is to be learnt.
        task: what that is.
        loss: name of the loss.
        outputs: how many.
        lr: the rate that is set.
        dropout: the largest share left out.
        history: curves by name, one number an epoch: loss, val_loss, score, val_score (accuracy, or R² for numbers).
        looks: layers, from before the first step to after the last.
        steps: how many updates lie between one look and the next.
        broke: whether it could not be trained to its end.
    """

    inputs: Array
    targets: Array
    task: str
    loss: str
    outputs: int
    lr: float
    dropout: float
    history: dict[str, list[float]] = field(default_factory=dict)
    looks: list[list[Seen]] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    broke: bool = False

    def curve(self, name: str) -> Array:
        """A curve; empty where there is none."""
        return np.asarray(self.history.get(name, []), dtype=np.float64)


def watched(made: Drawn) -> Trace:
    """Train it once, and look at log-spaced epochs."""
    setup = made.setup
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        cr.manual_seed(0)
        trainer = (made.build or builder(setup))()
        trainer.seed, trainer.guard = 0, "off"
        X, y = setup.rows
        trace = Trace(
            np.asarray(X, dtype=np.float64), y, setup.task, type(trainer.loss).__name__, setup.outputs,
            float(trainer.optimizer.param_groups[0]["lr"]),
            max([float(m.p) for m in trainer.model.modules() if isinstance(m, nn.Dropout)], default=0.0),
        )
        trainer.metrics = ("r2" if setup.task == "numbers" else "accuracy",)
        stops = np.unique(np.round(np.geomspace(1, setup.epochs, LOOKS)).astype(int))
        try:
            trace.looks.append(look(trainer, X, y))
            for last, stop in zip([0, *stops[:-1]], stops, strict=True):
                _learn(trainer, made, trace, int(stop - last))
                trace.looks.append(look(trainer, X, y))
                trace.steps.append(max(1, trainer.step - sum(trace.steps)))
        except BROKE:
            trace.broke = True
    return trace


def _learn(trainer: cr.train.Trainer, made: Drawn, trace: Trace, epochs: int) -> None:
    setup = made.setup
    validation = setup.validation
    if validation is None and setup.feed is None and len(setup.rows[0]) >= 40:
        validation = 0.25  # type: ignore[assignment]  # a share, as Trainer.fit takes it
    history = trainer.fit(
        setup.given(), validation=validation, epochs=epochs, batch_size=setup.batch_size, progress=False
    )
    for name in history:
        short = name.replace("accuracy", "score").replace("r2", "score")
        trace.history.setdefault(short, []).extend(float(value) for value in history[name])


def look(trainer: cr.train.Trainer, X: Array, y: Array) -> list[Seen]:
    """The layers for the first rows; weights and gradients are left as they were."""
    found: list[tuple[nn.Module, Array]] = []
    handles = [
        module.register_forward_hook(lambda module, args, result: found.append((module, result.detach().numpy())))
        for module in trainer.model.modules() if isinstance(module, (nn.Linear, *ACTS))
    ]
    trainer.model.eval()
    try:
        dtype = next(trainer.model.parameters()).dtype
        trainer.optimizer.zero_grad()
        outputs = trainer.model(cr.tensor(np.asarray(X[:ROWS]), dtype=dtype))
        targets = y[:ROWS] if y.dtype.kind in "iu" else y[:ROWS].astype(dtype)
        trainer.loss(outputs, cr.tensor(targets)).backward()
    finally:
        for handle in handles:
            handle.remove()
        trainer.model.train()
    seen = []
    for place, (module, gives) in enumerate(found):
        if isinstance(module, nn.Linear):
            behind = found[place + 1] if place + 1 < len(found) else None
            follows = behind is not None and not isinstance(behind[0], nn.Linear)
            none = np.zeros(0)
            seen.append(Seen(
                module.weight.detach().numpy().copy(),
                none if module.bias is None else module.bias.detach().numpy().copy(), gives,
                type(behind[0]).__name__ if behind is not None and follows else "",
                behind[1] if behind is not None and follows else gives,
                none if module.weight.grad is None else module.weight.grad.numpy().copy(),
            ))
    trainer.optimizer.zero_grad()
    return seen
