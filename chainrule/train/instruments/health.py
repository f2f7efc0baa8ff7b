"""What the instruments read: numbers of every layer at some steps of a training."""

from collections.abc import Iterator, Mapping, Sequence
from math import isnan, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.train.instruments.looking import NUMBERS
from chainrule.train.plain import table

Numbers = NDArray[np.float64]


class Health:
    """Numbers of every layer at some steps, as `train.Instruments` read them; `print` it, or read `health["dead"]`.

    `health[name]` has the shape (looks, layers):

    - `"weights"`, `"preactivations"`, `"activations"`, `"gradients"`: root mean squares: of the weights, of what the
      layer gives, of what its activation makes of it, of the gradient of the weights;
    - `"updates"`: root mean square of what the next step changed of the weights, as a share of that of the weights;
    - `"dead"`: share of the units that are 0 for every row, behind ReLU; `"saturated"`: share of those that are flat
      for nine rows of ten, behind what squashes: sigmoid, tanh, softsign, hardtanh, hardsigmoid;
    - `"nonfinite"`: how many of these numbers are NaN or infinite;
    - `"noise"`: rows at which the noise of the gradient is as large as the gradient, of dense layers; NaN where that
      cannot be told.

    Args:
        layers: the paths of the layers with weights, in the order of the network; default none.

    Attributes:
        steps: (looks,) optimizer steps made before each look, counted over all fits.
        loss: (looks,) the loss on the rows that were looked at.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, train
        >>> often = train.Instruments(share=1.0)
        >>> trainer = cr.Trainer(nn.MLP([2, 8, 1]), nn.BCEWithLogitsLoss(), callbacks=[often], seed=0)
        >>> health = trainer.fit(cr.data.moons(100, noise=0.1, seed=0), epochs=10, batch_size=50).health
        >>> health.layers, health.steps.tolist(), health["weights"].shape
        (('0', '2'), [0, 10, 20], (3, 2))
    """

    def __init__(self, layers: Sequence[str] = ()) -> None:
        self.layers = tuple(layers)
        self._steps: list[int] = []
        self._loss: list[float] = []
        self._rows: list[list[dict[str, float]]] = []

    def add(self, step: int, loss: float, rows: Sequence[Mapping[str, float]]) -> None:
        """Write down a look.

        Args:
            step: optimizer steps made before it.
            loss: on the rows that were looked at.
            rows: the numbers of each layer.
        """
        self._steps.append(step)
        self._loss.append(loss)
        self._rows.append([dict(row) for row in rows])

    def updated(self, shares: Sequence[float]) -> None:
        """Write down what the step after the last look changed: `shares` of the weights, one a layer."""
        for row, share in zip(self._rows[-1], shares, strict=True):
            row["updates"] = share

    @property
    def steps(self) -> NDArray[np.int64]:
        """(looks,) optimizer steps made before each look."""
        return np.array(self._steps, np.int64)

    @property
    def loss(self) -> Numbers:
        """(looks,) the loss on the rows that were looked at."""
        return np.array(self._loss, np.float64)

    def __getitem__(self, name: str) -> Numbers:
        if name not in NUMBERS:
            raise ArgumentError("train.no_curve", f"health[{name!r}]", known=", ".join(NUMBERS))
        found = [[row.get(name, nan) for row in rows] for rows in self._rows]
        return np.array(found, np.float64).reshape(len(self._rows), len(self.layers))

    def __iter__(self) -> Iterator[str]:
        return iter(NUMBERS)

    def __len__(self) -> int:
        return len(self._steps)

    def keys(self) -> list[str]:
        """The names of the numbers."""
        return list(NUMBERS)

    def to_frame(self) -> Any:
        """A pandas frame with one row a look and layer; without pandas a dict of lists. `to_csv` writes it down."""
        count = len(self.layers)
        columns: dict[str, Any] = {
            "step": np.repeat(self.steps, count).tolist(), "loss": np.repeat(self.loss, count).tolist(),
            "layer": [*self.layers] * len(self), **{name: self[name].reshape(-1).tolist() for name in NUMBERS},
        }
        try:
            import pandas as pd
        except ImportError:
            return columns
        return pd.DataFrame(columns)

    def state_dict(self) -> dict[str, Any]:
        """Plain data and arrays, for a checkpoint."""
        return {
            "layers": list(self.layers), "steps": self.steps, "loss": self.loss,
            "numbers": {name: self[name] for name in NUMBERS},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from the `state` that `state_dict` gave."""
        self.layers = tuple(state["layers"])
        self._steps = [int(step) for step in state["steps"]]
        self._loss = [float(loss) for loss in state["loss"]]
        numbers = state["numbers"]
        self._rows = [
            [{name: float(numbers[name][look, layer]) for name in NUMBERS} for layer in range(len(self.layers))]
            for look in range(len(self._steps))
        ]

    def __repr__(self) -> str:
        if not self._steps:
            return say("train.health_nothing")
        head = [say("train.health_layer"), *NUMBERS]
        latest = [dict(row) for row in self._rows[-1]]
        if len(self) > 1:  # what the next step changes is known of the look before, for the last one may have none
            for row, before in zip(latest, self._rows[-2], strict=True):
                row["updates"] = before["updates"] if isnan(row["updates"]) else row["updates"]
        rows = [
            [path, *(f"{row[name]:.3g}" for name in NUMBERS)] for path, row in zip(self.layers, latest, strict=True)
        ]
        title = say("train.health_title", looks=len(self), first=self._steps[0], last=self._steps[-1])
        return "\n".join([title, *table([head, *rows], left=1)])
