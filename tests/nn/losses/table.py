"""The table of losses: each row is a loss with its settings and what it is given; PyTorch or a formula judges it."""

import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from chainrule import nn
from chainrule.nn import functional as F

Draw = np.random.Generator
N, K = 5, 4


class LossRow(NamedTuple):
    """One loss as it is called: `outputs` and `targets` are drawn, `judge` gives the single losses in PyTorch."""

    name: str
    function: str
    outputs: Callable[[Draw], Any]
    targets: Callable[[Draw], Any]
    kwargs: Mapping[str, Any] = MappingProxyType({})
    judge: Callable[..., Any] | None = None  # (torch, x, y): the losses of all elements; None: PyTorch's own function
    label: str = ""
    classes: bool = False  # targets are class numbers
    order: int = 2  # how often it can be differentiated

    def __str__(self) -> str:
        given = ", ".join(f"{name}={np.shape(value) or value}" for name, value in self.kwargs.items())
        return f"{self.name}({given}){self.label}"

    def drawn(self) -> tuple[Any, Any]:
        draw = np.random.default_rng(zlib.crc32(str(self).encode()))
        return self.outputs(draw), self.targets(draw)

    def module(self, reduction: str = "mean") -> Any:
        return getattr(nn, self.name)(reduction=reduction, **self.kwargs)

    def call(self, x: Any, y: Any, reduction: str = "mean", weights: Any = None) -> Any:
        return getattr(F, self.function)(x, y, reduction=reduction, weights=weights, **self.kwargs)

    def single(self, torch: Any, x: Any, y: Any) -> Any:
        """The losses of all elements by the judge."""
        if self.judge is not None:
            return self.judge(torch, x, y)
        return getattr(torch.nn.functional, self.function)(x, y, reduction="none", **self.as_torch(torch))

    def as_torch(self, torch: Any) -> dict[str, Any]:
        return {name: torch.tensor(v) if isinstance(v, np.ndarray) else v for name, v in self.kwargs.items()}

    def mass(self, y: Any, shape: tuple[int, ...]) -> Any:
        """What each single loss counts for in the mean."""
        if not self.classes:
            return np.ones(shape)
        counted = y != self.kwargs.get("ignore_index", -100)
        weight = self.kwargs.get("weight")
        return counted * (1.0 if weight is None else weight[np.where(counted, y, 0)])


def normal(*shape: int) -> Callable[[Draw], Any]:
    return lambda draw: draw.normal(size=shape) * 1.5


def chance(*shape: int) -> Callable[[Draw], Any]:
    return lambda draw: draw.uniform(0.05, 0.95, shape)


def shares(*shape: int, axis: int = 1) -> Callable[[Draw], Any]:
    def make(draw: Draw) -> Any:
        raw = draw.uniform(0.1, 1.0, shape)
        return raw / raw.sum(axis=axis, keepdims=True)

    return make


def logs(make: Callable[[Draw], Any]) -> Callable[[Draw], Any]:
    return lambda draw: np.log(make(draw))


def numbers(*shape: int, least: int = 0) -> Callable[[Draw], Any]:
    return lambda draw: draw.integers(least, K, shape)


def one_of(values: tuple[float, ...], *shape: int) -> Callable[[Draw], Any]:
    return lambda draw: draw.permutation(np.resize(np.array(values, dtype=np.float64), shape).ravel()).reshape(shape)


def _quantile(q: float) -> Callable[..., Any]:
    return lambda torch, x, y: torch.maximum(q * (y - x), (q - 1) * (y - x))


def _hinge(torch: Any, x: Any, y: Any) -> Any:
    return torch.clamp(1 - torch.where(y > 0, 1.0, -1.0) * x, min=0)


weight = np.array([0.5, 2.0, 0.0, 1.5])
_both = [
    LossRow("MSELoss", "mse_loss", normal(N, 3), normal(N, 3)),
    LossRow("MSELoss", "mse_loss", normal(N), normal(N), label="(N,)"),
    LossRow("MSELoss", "mse_loss", normal(N, 2, 3, 2), normal(N, 2, 3, 2), label="(N,C,H,W)"),
    LossRow("L1Loss", "l1_loss", normal(N, 3), normal(N, 3)),
    LossRow("SmoothL1Loss", "smooth_l1_loss", normal(N, 3), normal(N, 3)),
    LossRow("SmoothL1Loss", "smooth_l1_loss", normal(N, 3), normal(N, 3), {"beta": 0.4}),
    LossRow("SmoothL1Loss", "smooth_l1_loss", normal(N, 3), normal(N, 3), {"beta": 0.0}),
    LossRow("HuberLoss", "huber_loss", normal(N, 3), normal(N, 3)),
    LossRow("HuberLoss", "huber_loss", normal(N, 3), normal(N, 3), {"delta": 0.7}),
    LossRow("QuantileLoss", "quantile_loss", normal(N, 3), normal(N, 3), {}, _quantile(0.5)),
    LossRow("QuantileLoss", "quantile_loss", normal(N, 3), normal(N, 3), {"quantile": 0.9}, _quantile(0.9)),
    LossRow("PoissonNLLLoss", "poisson_nll_loss", normal(N, 3), one_of((0, 2, 3, 7), N, 3)),
    LossRow("PoissonNLLLoss", "poisson_nll_loss", normal(N, 3), one_of((0, 2, 3, 7), N, 3), {"full": True}),
    LossRow("PoissonNLLLoss", "poisson_nll_loss", chance(N, 3), chance(N, 3), {"log_input": False, "eps": 1e-3}),
    LossRow(
        "PoissonNLLLoss", "poisson_nll_loss", chance(N, 3), one_of((0, 2, 3, 7), N, 3),
        {"log_input": False, "full": True},
    ),
    LossRow("BCELoss", "binary_cross_entropy", chance(N, 3), one_of((0, 1), N, 3)),
    LossRow("BCELoss", "binary_cross_entropy", chance(N, 3), chance(N, 3), label="soft"),
    LossRow("BCELoss", "binary_cross_entropy", chance(N, 3), chance(N, 3), {"weight": np.array([0.5, 2.0, 1.0])}),
    LossRow("BCEWithLogitsLoss", "binary_cross_entropy_with_logits", normal(N, 3), one_of((0, 1), N, 3)),
    LossRow("BCEWithLogitsLoss", "binary_cross_entropy_with_logits", normal(N), chance(N), label="soft (N,)"),
    LossRow(
        "BCEWithLogitsLoss", "binary_cross_entropy_with_logits", normal(N, 3), chance(N, 3),
        {"pos_weight": np.array([0.5, 3.0, 1.0])},
    ),
    LossRow(
        "BCEWithLogitsLoss", "binary_cross_entropy_with_logits", normal(N, 3), one_of((0, 1), N, 3),
        {"pos_weight": np.array([2.0]), "weight": np.linspace(0.1, 1.0, N)[:, None]},
    ),
    LossRow("HingeLoss", "hinge_loss", normal(N, 3), one_of((0, 1), N, 3), {}, _hinge),
    LossRow("HingeLoss", "hinge_loss", normal(N), one_of((-1, 1), N), {}, _hinge, "signs"),
    LossRow("HingeEmbeddingLoss", "hinge_embedding_loss", chance(N, 3), one_of((-1, 1), N, 3)),
    LossRow("HingeEmbeddingLoss", "hinge_embedding_loss", chance(N, 3), one_of((-1, 1), N, 3), {"margin": 0.3}),
    LossRow("KLDivLoss", "kl_div", logs(shares(N, K)), shares(N, K)),
    LossRow("KLDivLoss", "kl_div", logs(shares(N, K)), logs(shares(N, K)), {"log_target": True}),
    LossRow("CrossEntropyLoss", "cross_entropy", normal(N, K), shares(N, K), label="soft"),
    LossRow("CrossEntropyLoss", "cross_entropy", normal(N, K), shares(N, K), {"label_smoothing": 0.2}, label="soft"),
    LossRow("CrossEntropyLoss", "cross_entropy", normal(N, K), shares(N, K), {"weight": weight}, label="soft"),
    LossRow("CrossEntropyLoss", "cross_entropy", normal(N, K, 2, 3), shares(N, K, 2, 3), label="soft (N,K,H,W)"),
    LossRow(
        "CrossEntropyLoss", "cross_entropy", normal(N, K, 1), shares(N, K, 1),
        {"weight": weight, "label_smoothing": 0.3}, label="soft",
    ),
]
_settings: list[dict[str, Any]] = [
    {}, {"label_smoothing": 0.1}, {"weight": weight}, {"weight": weight, "label_smoothing": 0.25}, {"ignore_index": 1},
    {"ignore_index": 1, "weight": weight, "label_smoothing": 0.4}, {"ignore_index": -1, "weight": weight},
]
_shapes = [((N, K), (N,)), ((N, K, 2, 3), (N, 2, 3))]


def _of_classes(name: str, function: str, made: Callable[..., Any], settings: list[dict[str, Any]]) -> list[LossRow]:
    return [
        LossRow(
            name, function, made(*shape), numbers(*rows, least=-1 if given.get("ignore_index") == -1 else 0), given,
            label="x".join(map(str, shape)), classes=True,
        )
        for given in settings
        for shape, rows in _shapes
    ]


ROWS = [
    *_both,
    *_of_classes("CrossEntropyLoss", "cross_entropy", normal, _settings),
    *_of_classes(
        "NLLLoss", "nll_loss", lambda *shape: logs(shares(*shape)),
        [given for given in _settings if "label_smoothing" not in given],
    ),
    LossRow("CrossEntropyLoss", "cross_entropy", normal(N, K, 3), numbers(N, 3), label="5x4x3", classes=True),
]
