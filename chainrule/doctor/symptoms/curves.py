"""What the curves of a training say: its loss, that on unseen rows, its learning rate, one number an epoch."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, log

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.symptoms.symptom import Level, Seen, Symptom

Numbers = NDArray[np.float64]
FEWEST = 5  # epochs of which anything is said but that they are not finite
AWAY = 2.0  # times the first loss: there a training counts as diverged
FLAT = 0.02  # of the first loss: a training that never fell by more is flat
GUESS = 0.003  # of ln K: a loss that stays so near it is that of guessing among K classes
CLASSES = (*range(2, 13), 100, 1000)  # the usual ones: every loss is near the logarithm of some large number
PACE = 0.8  # of the average fall an epoch: what falls so fast at the end has less than half of its way behind it
REST = 0.02  # of what unseen rows have gained: who is farther from the least has turned
LOST = 0.5  # of what unseen rows had gained: who loses more has overfitted, whatever the metric says
RISE = 1.1  # times its least value, that a validation loss rises before it is worth a note
SCATTER = 0.2  # of the loss, and a quarter of all that was gained, by which a late loss may waver
DIED = 1e-3  # of the highest rate: less teaches nothing any more
IDLE = 0.2  # of the epochs, with such a rate


@dataclass(frozen=True)
class Curves:
    """The curves of a training.

    Attributes:
        loss: (n,) of each epoch; NaN where it was not finite.
        judged: (n,) on unseen rows; None for nobody knows.
        rate: (n,) the learning rate; None for nobody knows.
        good: the loss from which on the training counts as good; None for nobody knows.
        constant: the loss of the best constant; None for nobody knows.
    """

    loss: Numbers
    judged: Numbers | None = None
    rate: Numbers | None = None
    good: float | None = None
    constant: float | None = None

    @property
    def tail(self) -> int:
        """Epochs of the last tenth, three at least."""
        return max(3, len(self.loss) // 10)

    @property
    def window(self) -> int:
        """Epochs by which a fall is judged: of a short training the last third, and less than 2 of one too short."""
        return min(max(self.tail, 4), (len(self.loss) - 1) // 3)

    @property
    def end(self) -> float:
        """The loss at the end: the median of the last tenth."""
        return float(np.median(self.loss[-self.tail :]))


def symptoms_of(curves: Curves) -> Iterator[Symptom]:
    """What they show, the worst first; nothing of what has come to a good loss."""
    broken = ~np.isfinite(curves.loss)
    if broken.any():
        yield _not_finite(curves, int(np.argmax(broken)))
        return
    if len(curves.loss) < FEWEST or (curves.good is not None and curves.end <= curves.good):
        return
    if (curves.loss > 0).all() and curves.loss[-curves.tail :].min() > AWAY * _start(curves):
        seen = Seen("away", {"end": curves.end, "start": _start(curves), "times": AWAY})
        yield Symptom("diverged", "suspect", (seen,), ("learning_rate_too_high", "features_unscaled"))
        return
    flat = [*_flat(curves)]
    found = [*flat, *_schedule(curves), *([] if flat else _unfinished(curves)), *_overfitted(curves), *_noisy(curves)]
    yield from sorted(found, key=lambda symptom: symptom.level == "note")


def _start(curves: Curves) -> float:
    """What a diverged loss is measured by: the first one, or the best constant where that is worse."""
    return max(float(curves.loss[0]), -inf if curves.constant is None else curves.constant)


def _not_finite(curves: Curves, place: int) -> Symptom:
    before = {"epoch": place, "last": float(curves.loss[place - 1])} if place else {"epoch": 0}
    seen = Seen("not_finite" if place else "never_finite", before)
    faults = ("learning_rate_too_high", "features_unscaled") if place else ("nonfinite_data",)
    return Symptom("diverged", "suspect", (seen,), faults)


def _flat(curves: Curves) -> Iterator[Symptom]:
    first, least = float(curves.loss[0]), float(curves.loss.min())
    if first <= 0 or (first - least) / first > FLAT:
        return
    seen = [Seen("flat", {"first": first, "least": least, "share": FLAT})]
    level: Level = "note"  # a training that goes on where another one ended is flat, and healthy
    if curves.good is not None:
        seen.append(Seen("above_good", {"loss": curves.end, "good": curves.good}))
        level = "suspect"
    else:
        classes = min(CLASSES, key=lambda count: abs(curves.end - log(count)))
        if max(abs(loss - log(classes)) for loss in (first, curves.end)) < GUESS * log(classes):
            seen.append(Seen("guessing", {"loss": curves.end, "classes": classes, "guess": log(classes)}))
            level = "suspect"
    faults = ("learning_rate_too_low", "learning_rate_too_high", "vanishing_gradient", "dead_units", "no_signal")
    yield Symptom("flat", level, tuple(seen), faults)


def _pace(numbers: Numbers, begin: int, end: int) -> float:
    """How fast numbers fall between two epochs, in averages of their fall since the first; 0 for within their noise."""
    fallen = float(numbers[0] - numbers[end])
    if end <= begin or fallen <= 0:
        return 0.0
    part = numbers[begin : end + 1]
    slope, base = np.polyfit(np.arange(len(part)), part, 1)
    rest = part - (slope * np.arange(len(part)) + base)
    fall = -float(slope) * (len(part) - 1)
    wavers = float(np.diff(numbers[end // 2 : end + 1]).std()) / 2**0.5
    if fall < 3 * max(float(rest.std()), wavers):
        return 0.0
    return (fall / (end - begin)) / (fallen / end)


def _unfinished(curves: Curves) -> Iterator[Symptom]:
    last = len(curves.loss) - 1
    begin = last - curves.window
    if curves.window < 2:
        return
    pace = _pace(curves.loss, begin, last)
    if pace < PACE:
        return
    seen = [Seen("falling", {"pace": pace, "limit": PACE, "epochs": last - begin})]
    level: Level = "suspect"
    if curves.judged is not None and _rests(curves.judged, begin, last):
        seen.append(Seen("judged_rests", {}))
        level = "note"
    faults = ("stopped_too_early", "too_few_updates", "learning_rate_too_low")
    yield Symptom("unfinished", level, tuple(seen), faults)


def _rests(judged: Numbers, begin: int, last: int) -> bool:
    """Whether the loss on unseen rows has come to its end, or turned."""
    least = float(np.min(judged))
    turned = judged[last] - least > REST * max(float(judged[0]) - least, 0.0)
    return bool(turned or _pace(judged, begin, last) < PACE)


def _overfitted(curves: Curves) -> Iterator[Symptom]:
    if curves.judged is None or not np.isfinite(curves.judged).all() or len(curves.judged) < FEWEST:
        return
    judged, tail = curves.judged, curves.tail
    least, end = float(judged.min()), float(np.median(judged[-tail:]))
    wavers = float(np.abs(np.diff(judged[-2 * tail :])).mean()) or 0.0
    worse = end > RISE * least and end - least > 3 * wavers and least > 0
    if not worse or curves.end > end / 2:
        return
    lost = (end - least) / max(float(judged[0]) - least, 1e-300)
    seen = (
        Seen("judged_rises", {"end": end, "least": least, "epoch": int(judged.argmin())}),
        Seen("judged_beside", {"end": end, "loss": curves.end}),
        Seen("lost", {"share": min(lost, 99.0), "limit": LOST}),
    )
    yield Symptom("overfitted", "suspect" if lost > LOST else "note", seen)


def _noisy(curves: Curves) -> Iterator[Symptom]:
    late = curves.loss[len(curves.loss) // 2 :]
    if len(late) < FEWEST or curves.end <= 0:
        return
    steps = np.diff(late)
    wavers = float(steps.std()) / 2**0.5
    gained = float(curves.loss[0]) - float(np.median(late))
    turns = float((steps[1:] * steps[:-1] < 0).mean()) if len(steps) > 1 else 0.0
    if gained <= 0 or turns < 0.4 or wavers < SCATTER * curves.end or wavers < 0.25 * gained:
        return
    seen = Seen("wavers", {"wavers": wavers, "loss": curves.end, "limit": SCATTER})
    yield Symptom("noisy", "suspect", (seen,), ("learning_rate_too_high", "batch_too_small"))


def _schedule(curves: Curves) -> Iterator[Symptom]:
    if curves.rate is None or not np.isfinite(curves.rate).all():
        return
    highest = float(curves.rate.max())
    idle = curves.rate < DIED * highest
    if highest <= 0 or not idle[-1]:
        return
    epoch = len(idle) - int(np.argmin(idle[::-1])) if not idle.all() else 0
    share = (len(idle) - epoch) / len(idle)
    if share < IDLE or epoch < FEWEST:  # a cosine ends there by design
        return
    pace = _pace(curves.loss, max(0, epoch - 1 - max(2, curves.window)), epoch - 1)
    if pace < PACE:
        return
    seen = (
        Seen("rate_died", {"epoch": epoch, "share": share, "highest": highest, "rate": float(curves.rate[epoch])}),
        Seen("fell_before", {"pace": pace, "limit": PACE}),
    )
    yield Symptom("schedule_died", "suspect", seen, ("schedule_ends_early",))
