"""How the signal of a fresh network grows or fades from layer to layer: what the checks 29, 30 and 31 read."""

from dataclasses import dataclass
from itertools import pairwise
from math import log10
from statistics import median

from chainrule.doctor.case import Case
from chainrule.doctor.looks.layers import look_into


@dataclass(frozen=True)
class Signal:
    """What a fresh network does to its rows.

    Attributes:
        first: rms of what the first dense layer gives.
        last: rms of what the last one gives.
        slope: decades that the rms behind the activations gains from one hidden layer to the next.
        stretch: decades between what a hidden layer is given and what it gives before its activation: their median.
        layers: how many dense layers.
        begins: the loss before any step, in best constants.
    """

    first: float
    last: float
    slope: float
    stretch: float
    layers: int
    begins: float


def signal(case: Case) -> Signal | None:
    """The signal of the first seed; None where there is no dense layer."""
    if case.feed is None:
        return None
    layers = look_into(case.first, case.feed)
    if not layers:
        return None
    hidden = [layer.activated for layer in layers if layer.hidden and layer.activated > 0]
    slope = log10(hidden[-1] / hidden[0]) / (len(hidden) - 1) if len(hidden) > 1 else 0.0
    pairs = pairwise(layers)
    stretches = [log10(b.weighted / a.activated) for a, b in pairs if b.hidden and a.activated > 0 < b.weighted]
    stretch = median(stretches) if stretches else 0.0
    begins = case.initial / case.constant if case.constant > 0 else 1.0
    return Signal(layers[0].weighted, layers[-1].weighted, slope, stretch, len(layers), begins)
