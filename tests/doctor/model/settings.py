"""Rows and Trainers that the tests of this room share: small, quick, and of several kinds."""

from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from chainrule import nn, optim
from chainrule.doctor.case import Case
from chainrule.doctor.checks.table import CHECKS
from chainrule.doctor.experiment import tried
from chainrule.doctor.suspicion import Suspicion


def moons(seed: int = 0) -> Any:
    """200 rows of two classes, as (n, 1) of 0 and 1."""
    return cr.data.moons(200, noise=0.15, seed=seed)


def circles(seed: int = 0) -> Any:
    """200 rows, one class around the other."""
    return cr.data.circles(200, noise=0.05, seed=seed)


def sine(seed: int = 0) -> Any:
    """200 rows of a regression of one column."""
    random = np.random.default_rng(seed)
    X = random.uniform(-2, 2, (200, 1))
    return X, np.sin(2 * X) + 0.05 * random.normal(size=X.shape)


def blobs(seed: int = 0) -> Any:
    """180 rows of three classes, numbers 0 to 2."""
    random = np.random.default_rng(seed)
    y = np.arange(180) % 3
    centers = np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
    return centers[y] + 0.5 * random.normal(size=(180, 2)), y


def maker(
    model: Callable[[], Any], loss: Callable[[], Any] = nn.BCEWithLogitsLoss, rate: float = 0.01, **settings: Any
) -> Callable[[], Any]:
    """A build of this network and loss with Adam."""

    def build() -> Any:
        network = model()
        return cr.Trainer(network, loss(), optim.Adam(network.parameters(), lr=rate), guard="off", **settings)

    return build


def diagnosed(build: Callable[..., Any], data: Any, epochs: int = 40, **settings: Any) -> Any:
    """The diagnosis, with time enough on a busy machine."""
    return cr.doctor.diagnose(build, data, epochs=epochs, **{"budget": 60.0, **settings})


def suspected(number: int, build: Callable[..., Any], data: Any, epochs: int = 40, **settings: Any) -> list[Suspicion]:
    """What the checks of one number of the catalogue say, before anything is decided."""
    case = Case(build, data, settings.get("validation"), epochs, settings.get("batch_size", 32), 60.0)
    return [found for check in CHECKS if check.number == number for found in check.look(case)]


def proven(number: int, build: Callable[..., Any], data: Any, epochs: int = 40, **given: Any) -> list[Suspicion]:
    """Those of them that stand: exact ones, and those of which a cure wins its experiment."""
    case = Case(build, data, given.get("validation"), epochs, given.get("batch_size", 32), 60.0)
    found = [one for check in CHECKS if check.number == number for one in check.look(case)]
    return [
        one for one in found
        if one.proof == "exact" or (one.proof == "rerun" and any(tried(case, cure).convincing for cure in one.cures))
    ]


def codes(diagnosis: Any) -> list[str]:
    """The codes of its findings, the first cause first."""
    return [found.code for found in diagnosis.findings]
