"""Backward passes of networks that are drawn by lot, with one mistake drawn by lot, or none."""

import math
from typing import Any

import numpy as np

import chainrule as cr
from chainrule import nn, optim
from tests.glass.learners.settings import sigmoid, softmax


def cdf(z: Any) -> Any:
    return 0.5 * (1 + np.vectorize(math.erf)(z / math.sqrt(2)))


ACTIVATIONS = {  # the module, f(z), f'(z)
    "tanh": (nn.Tanh, np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "sigmoid": (nn.Sigmoid, sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "relu": (nn.ReLU, lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
    "leaky": (lambda: nn.LeakyReLU(0.2), lambda z: np.where(z > 0, z, 0.2 * z), lambda z: np.where(z > 0, 1, 0.2)),
    "elu": (nn.ELU, lambda z: np.where(z > 0, z, np.exp(z) - 1), lambda z: np.where(z > 0, 1, np.exp(z))),
    "softplus": (nn.Softplus, lambda z: np.log1p(np.exp(z)), sigmoid),
    "silu": (nn.SiLU, lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1 + z * (1 - sigmoid(z)))),
    "gelu": (nn.GELU, lambda z: z * cdf(z),
             lambda z: cdf(z) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)),
}
LOSSES = {
    "mse": nn.MSELoss, "l1": nn.L1Loss, "huber": nn.HuberLoss, "bce": nn.BCEWithLogitsLoss, "ce": nn.CrossEntropyLoss,
}
MISTAKES = {
    "sign": ("sign",), "sum": ("sum_instead_of_mean",), "rows only": ("mean_over_rows_only",),
    "bias mean": ("bias_averaged",), "bias rows": ("bias_not_summed",), "no slope": ("activation_derivative_missing",),
    "slope at a": ("derivative_at_output",), "slope twice": ("activation_derivative_twice",),
    "no upstream": ("upstream_gradient_missing",), "da for dz": ("upstream_before_the_derivative",),
    "not transposed": ("upstream_weights_not_transposed",), "last row": ("last_sample_only",),
    "turned": ("transposed",), "z for a": ("preactivation_instead_of_activation",),
    "first": ("updated_weights_upstream",),
    "shifted": ("targets_of_other_rows",), "decay": ("weight_decay_added",), "double": ("factor_two_extra",),
    "lost": ("missing_gradient",), "relu": ("derivative_of_another_function",),
}


class Drawn:
    """A network, a loss, a batch and a backward pass, all by lot.

    Args:
        seed: of the lot.
        mistake: what is wrong, one of `MISTAKES`; None for nothing.
    """

    def __init__(self, seed: int, mistake: str | None = None) -> None:
        draw = np.random.default_rng(seed)
        self.mistake = mistake
        depth = int(draw.integers(2, 5))
        self.sizes = [int(n) for n in draw.integers(2, 7, depth + 1)]
        self.loss = str(draw.choice(list(LOSSES)))
        self.names = [str(draw.choice(list(ACTIVATIONS))) for _ in range(depth - 1)]
        self.reduction = "sum" if draw.random() < 0.2 and mistake not in ("sum", "rows only") else "mean"
        self.rows = int(draw.integers(5, 14))
        self.place = int(draw.integers(1, depth))  # a hidden layer
        self._fit(mistake)
        X = draw.normal(size=(self.rows, self.sizes[0]))
        y = draw.normal(size=(self.rows, self.sizes[-1]))
        if self.loss == "bce":
            y = (y > 0) * 1.0
        self.batch = X, draw.integers(0, self.sizes[-1], self.rows) if self.loss == "ce" else y
        cr.manual_seed(seed)
        layers: list[nn.Module] = []
        for k in range(depth):
            layers.append(nn.Linear(self.sizes[k], self.sizes[k + 1]))
            layers += [ACTIVATIONS[self.names[k]][0]()] if k < depth - 1 else []
        model = nn.Sequential(*layers)
        sgd = optim.SGD(model.parameters(), lr=0.03)
        loss = LOSSES[self.loss](reduction=self.reduction)
        self.trainer = cr.Trainer(model, loss, sgd, dtype="float64", seed=0, guard="off")

    def _fit(self, mistake: str | None) -> None:
        """What a mistake needs to be one: square weights, several outputs, an activation with a slope of its own."""
        if mistake in ("not transposed", "turned"):
            self.sizes[self.place] = self.sizes[self.place + 1] = max(3, self.sizes[self.place])
        if mistake in ("rows only", "double"):  # two outputs, or as many as rows, would be another mistake
            self.sizes[-1] = 3
        if mistake == "rows only":
            self.loss = "mse" if self.loss == "ce" else self.loss
        if mistake in ("no slope", "slope at a", "slope twice", "da for dz", "relu", "z for a"):
            smooth = ("tanh", "sigmoid", "elu", "softplus", "silu", "gelu")
            self.names = [name if name in smooth else smooth[k % 6] for k, name in enumerate(self.names)]

    def start(self, z: Any, y: Any) -> Any:
        if self.mistake == "shifted":
            y = np.roll(y, 1, axis=0)
        d = {
            "mse": lambda: 2 * (z - y), "l1": lambda: np.sign(z - y), "huber": lambda: np.clip(z - y, -1, 1),
            "bce": lambda: sigmoid(z) - y, "ce": lambda: softmax(z) - np.eye(z.shape[1])[y],
        }[self.loss]()
        by = 1 if self.reduction == "sum" else len(z) if self.loss == "ce" else z.size
        by = {"sum": 1, "rows only": len(z)}.get(self.mistake or "", by)
        if self.mistake == "last row":
            d[:-1] = 0
        return d / by * {"sign": -1, "double": 2}.get(self.mistake or "", 1)

    def __call__(self, p: Any, X: Any, y: Any) -> Any:
        depth, here = len(self.sizes) - 1, self.place
        a, z = [X], [X]
        for k in range(1, depth + 1):
            z.append(a[-1] @ p[f"W{k}"] + p[f"b{k}"])
            a.append(ACTIVATIONS[self.names[k - 1]][1](z[k]) if k < depth else z[k])
        d, g = self.start(z[depth], y), {}
        for k in range(depth, 0, -1):
            wrong = self.mistake if k == here else None
            source = z[k - 1] if self.mistake == "z for a" and k == here + 1 else a[k - 1]
            g[f"W{k}"], g[f"b{k}"] = source.T @ d, d.sum(0)
            if wrong == "bias mean":
                g[f"b{k}"] = d.mean(0)
            if wrong == "bias rows":
                g[f"b{k}"] = d
            if wrong == "decay":
                g[f"W{k}"] = g[f"W{k}"] + 0.05 * p[f"W{k}"]
            if self.mistake == "turned" and k == here + 1:
                g[f"W{k}"] = g[f"W{k}"].T
            if wrong == "lost":
                del g[f"b{k}"]
            if k == 1:
                break
            W = p[f"W{k}"] - (0.2 * g[f"W{k}"] if self.mistake == "first" and k == here + 1 else 0)
            wrong = self.mistake if k - 1 == here else None
            da = d @ (W if wrong == "not transposed" else W.T)
            if wrong == "no upstream":
                da = np.ones_like(da)
            slope = ACTIVATIONS[self.names[k - 2]][2]
            s = slope(a[k - 1]) if wrong == "slope at a" else slope(z[k - 1])
            s = {"no slope": np.ones_like(s), "slope twice": s * s, "relu": (z[k - 1] > 0) * 1.0}.get(wrong or "", s)
            above = da
            d = da * s
            if self.mistake == "da for dz" and k - 1 == here and here > 1:
                g[f"W{here}"], g[f"b{here}"] = a[here - 1].T @ d, d.sum(0)
                d = (above @ p[f"W{here}"].T) * ACTIVATIONS[self.names[here - 2]][2](z[here - 1])
                return self.rest(p, a, z, d, g, here - 1)
        return g

    def rest(self, p: Any, a: Any, z: Any, d: Any, g: Any, k: int) -> Any:
        """The layers beneath, as they should be."""
        while k > 0:
            g[f"W{k}"], g[f"b{k}"] = a[k - 1].T @ d, d.sum(0)
            if k > 1:
                d = d @ p[f"W{k}"].T * ACTIVATIONS[self.names[k - 2]][2](z[k - 1])
            k -= 1
        return g

    def possible(self) -> bool:
        """Whether the mistake can be made in this network, and makes any difference for these rows."""
        if self.mistake == "da for dz" and self.place < 2:
            return False
        held = {
            f"{'W' if n.endswith('weight') else 'b'}{k // 2 + 1}": parameter.detach().numpy().T
            for k, (n, parameter) in enumerate(self.trainer.model.named_parameters())
        }
        mistake, found = self.mistake, self(held, *self.batch)
        self.mistake = None
        right = self(held, *self.batch)
        self.mistake = mistake
        return any(
            n not in found or np.shape(found[n]) != np.shape(g) or not np.allclose(found[n], g, rtol=1e-4, atol=1e-9)
            for n, g in right.items()
        )
