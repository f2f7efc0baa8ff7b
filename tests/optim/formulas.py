"""The update rules once more, in NumPy, as their papers write them: judges where PyTorch has none."""

from typing import Any

import numpy as np


def sgd(p: Any, g: Any, kept: dict[str, Any], t: int, lr: float, momentum: float, decoupled_weight_decay: float) -> Any:
    kept["b"] = momentum * kept.get("b", 0.0) + g
    return p - lr * decoupled_weight_decay * p - lr * kept["b"]


def adam(
    p: Any, g: Any, kept: dict[str, Any], t: int, lr: float = 1e-3, betas: Any = (0.9, 0.999), eps: float = 1e-8,
    weight_decay: float = 0.0,
) -> Any:
    b1, b2 = betas
    g = g + weight_decay * p
    kept["m"] = b1 * kept.get("m", 0.0) + (1 - b1) * g
    kept["v"] = b2 * kept.get("v", 0.0) + (1 - b2) * g**2
    m_hat, v_hat = kept["m"] / (1 - b1**t), kept["v"] / (1 - b2**t)
    return p - lr * m_hat / (np.sqrt(v_hat) + eps)


def rmsprop(
    p: Any, g: Any, kept: dict[str, Any], t: int, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
    weight_decay: float = 0.0, decoupled_weight_decay: float = 0.0,
) -> Any:
    g = g + weight_decay * p
    kept["v"] = alpha * kept.get("v", 0.0) + (1 - alpha) * g**2
    return p - lr * decoupled_weight_decay * p - lr * g / (np.sqrt(kept["v"]) + eps)


def adagrad(
    p: Any, g: Any, kept: dict[str, Any], t: int, lr: float, lr_decay: float, decoupled_weight_decay: float
) -> Any:
    kept["s"] = kept.get("s", 0.0) + g**2
    rate = lr / (1 + (t - 1) * lr_decay)
    return p - rate * decoupled_weight_decay * p - rate * g / (np.sqrt(kept["s"]) + 1e-10)


def adadelta(p: Any, g: Any, kept: dict[str, Any], t: int, eps: float, decoupled_weight_decay: float) -> Any:
    kept["v"] = 0.9 * kept.get("v", 0.0) + 0.1 * g**2
    delta = np.sqrt(kept.get("u", 0.0) + eps) / np.sqrt(kept["v"] + eps) * g
    kept["u"] = 0.9 * kept.get("u", 0.0) + 0.1 * delta**2
    return p - decoupled_weight_decay * p - delta


def lion(
    p: Any, g: Any, kept: dict[str, Any], t: int, lr: float = 1e-4, betas: Any = (0.9, 0.99),
    weight_decay: float = 0.0, maximize: bool = False,
) -> Any:
    b1, b2 = betas
    g = -g if maximize else g
    m = kept.get("m", 0.0)
    kept["m"] = b2 * m + (1 - b2) * g
    return p - lr * (np.sign(b1 * m + (1 - b1) * g) + weight_decay * p)


FORMULAS = {"SGD": sgd, "Adam": adam, "RMSprop": rmsprop, "Adagrad": adagrad, "Adadelta": adadelta, "Lion": lion}
