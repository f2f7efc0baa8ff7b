"""One row for each way an optimizer is used: what every promise is tested with."""

from typing import Any, NamedTuple

import numpy as np

from chainrule import nn, optim
from chainrule.tape.tracked import wrap


class Row(NamedTuple):
    """An optimizer with its arguments; the judge is PyTorch's class of the same name unless another is named."""

    name: str
    kwargs: dict[str, Any] = {}  # noqa: RUF012
    judge: str | None = ""  # None: PyTorch has nothing like it
    judge_kwargs: dict[str, Any] | None = None

    def make(self, params: Any, **more: Any) -> Any:
        return getattr(optim, self.name)(params, **{**self.kwargs, **more})

    def make_judge(self, torch: Any, params: Any) -> Any:
        kwargs = self.kwargs if self.judge_kwargs is None else self.judge_kwargs
        return getattr(torch.optim, self.judge or self.name)(params, **kwargs)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{key}={value}' for key, value in self.kwargs.items())})"


ROWS = [
    Row("SGD"),
    Row("SGD", dict(lr=0.05, weight_decay=0.1)),
    Row("SGD", dict(lr=0.05, maximize=True)),
    Row("SGD", dict(lr=0.05, momentum=0.9)),
    Row("SGD", dict(lr=0.05, momentum=0.8, dampening=0.3, weight_decay=0.1)),
    Row("SGD", dict(lr=0.05, momentum=0.9, nesterov=True, maximize=True, weight_decay=0.01)),
    Row("SGD", dict(lr=0.05, momentum=0.9, decoupled_weight_decay=0.1), judge=None),
    Row("Adam"),
    Row("Adam", dict(lr=0.05, betas=(0.7, 0.95), eps=1e-3)),
    Row("Adam", dict(lr=0.05, weight_decay=0.1, maximize=True)),
    Row("Adam", dict(lr=0.05, betas=(0.5, 0.6), amsgrad=True, weight_decay=0.01)),
    Row("Adam", dict(lr=0.05, betas=(0.0, 0.9))),
    Row("Adam", dict(lr=0.05, weight_decay=0.1, decoupled_weight_decay=True)),
    Row("Adam", dict(lr=0.05, decoupled_weight_decay=0.2), "AdamW", dict(lr=0.05, weight_decay=0.2)),
    Row("AdamW"),
    Row("AdamW", dict(lr=0.05, betas=(0.7, 0.95), eps=1e-3, weight_decay=0.2)),
    Row("AdamW", dict(lr=0.05, amsgrad=True, maximize=True, weight_decay=0.0)),
    Row("RMSprop"),
    Row("RMSprop", dict(lr=0.05, alpha=0.8, eps=1e-3, weight_decay=0.1)),
    Row("RMSprop", dict(lr=0.05, alpha=0.8, momentum=0.7, maximize=True)),
    Row("RMSprop", dict(lr=0.05, alpha=0.8, centered=True, eps=1e-3)),
    Row("RMSprop", dict(lr=0.05, alpha=0.8, centered=True, momentum=0.7, weight_decay=0.1, eps=1e-3)),
    Row("RMSprop", dict(lr=0.05, decoupled_weight_decay=0.1), judge=None),
    Row("Adagrad"),
    Row("Adagrad", dict(lr=0.1, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.2, eps=1e-3)),
    Row("Adagrad", dict(lr=0.1, maximize=True)),
    Row("Adagrad", dict(lr=0.1, lr_decay=0.1, decoupled_weight_decay=0.1), judge=None),
    Row("Adadelta"),
    Row("Adadelta", dict(lr=0.5, rho=0.7, eps=1e-2, weight_decay=0.1)),
    Row("Adadelta", dict(lr=0.5, eps=1e-2, maximize=True)),
    Row("Adadelta", dict(eps=1e-2, decoupled_weight_decay=0.1), judge=None),
    Row("NAdam"),
    Row("NAdam", dict(lr=0.05, betas=(0.7, 0.95), eps=1e-3, momentum_decay=0.1, weight_decay=0.1)),
    Row("NAdam", dict(lr=0.05, weight_decay=0.1, decoupled_weight_decay=True, maximize=True)),
    Row("Lion", judge=None),
    Row("Lion", dict(lr=0.01, betas=(0.7, 0.8), weight_decay=0.1, maximize=True), judge=None),
    Row("LBFGS"),
    Row("LBFGS", dict(lr=0.5, max_iter=3, history_size=2)),
    Row("LBFGS", dict(max_iter=2, line_search_fn="strong_wolfe")),
]
ELEMENTWISE = [row for row in ROWS if row.name != "LBFGS"]

SHAPES = [(3, 4), (4,), (), (2, 3, 2), (1, 1)]


def arrays(seed: int, dtype: Any = np.float64) -> list[np.ndarray[Any, Any]]:
    """Numbers for parameters of every kind, the matrix laid out in memory as `nn.Linear` does."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    found = [np.asarray(rng.normal(size=shape), dtype) for shape in SHAPES]
    found[0] = np.ascontiguousarray(found[0].T).T
    found[3] = np.ascontiguousarray(found[3].transpose(0, 2, 1)).transpose(0, 2, 1)
    return found


def parameters(seed: int = 1, dtype: Any = np.float64) -> list[nn.Parameter]:
    return [nn.Parameter(wrap(array)) for array in arrays(seed, dtype)]


def loss_of(params: Any, targets: Any) -> Any:
    """A loss that is not convex, with gradients of very different sizes; for tensors of either library."""
    total = 0.0
    for k, (p, target) in enumerate(zip(params, targets, strict=True)):
        off = p - target
        total = total + 10.0 ** (1 - k) * (off * off).sum() + (3.0 * p).sin().sum()
    return total


def dense(array: Any) -> Any:
    return np.array(array, order="C")
