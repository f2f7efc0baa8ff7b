"""An experiment: the same seeds with and without one change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from chainrule.doctor.case import PAIRS, Case, Run
from chainrule.doctor.change import AS_IT_IS, Change
from chainrule.population.comparison import fisher_exact

MORE = 10  # where five do not agree
MATERIAL = 0.1  # of what there is to be learnt: less is no cure
NORMAL = 1.4826  # standard deviations in a median of absolute deviations, of normal numbers
HARMLESS = 0.1  # of it, that a seed may lose by chance
SURE = 2.0  # standard errors of a mean
CAP = 2.0  # times that: how bad a diverged training counts
POINTS = 0.05  # of unseen answers, or of their variance
MUCH, LITTLE = 0.3, 0.02  # of what there is to be learnt: gained on unseen rows, lost on those that are learnt from
CHANCE = 0.01  # that as many seeds more would get there, had the change no effect
FEWEST, SHARE = 20, 0.5  # seeds between two looks at the clock, and share of the time that is left for odds


@dataclass(frozen=True)
class Experiment:
    """What a change did.

    Attributes:
        change: what was changed.
        before: (pairs,) loss without it.
        after: (pairs,) loss with it.
        gains: (pairs,) by how much it is better, as a share of what there is to be learnt.
        points: (pairs,) by how much fewer of the unseen answers are wrong, as a share of them, or of their variance;
            NaN where nobody knows.
        odds: of a lottery, how many seeds get there without and with it; None where every pair is to be won.
        stuck: how many seeds get stuck with it all the same.
        unseen: whether the losses are those on rows that were not learnt from, where alone it is better.
    """

    change: Change
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    gains: NDArray[np.float64]
    points: NDArray[np.float64] | None = None
    odds: tuple[int, int] | None = None
    stuck: int = 0
    unseen: bool = False

    @property
    def pairs(self) -> int:
        """How many seeds were trained both ways."""
        return len(self.gains)

    @property
    def wins(self) -> int:
        """In how many of them the change was better by more than a hundredth of what there is to be learnt."""
        return int((self.gains > 0.01).sum())

    @property
    def gain(self) -> float:
        """The median gain; of a lottery, where the median is that of seeds that get there anyway, the mean."""
        return float(np.median(self.gains) if self.odds is None else np.mean(self.gains))

    @property
    def convincing(self) -> bool:
        """Whether the change is a cure: it wins every pair, or nine of ten, by more than chance and a tenth.

        Where some seeds get there without it, it may also win by the mean: no seed loses by it. In a lottery more seeds
        get there with it, than by chance.
        """
        if self.odds is not None:
            before, after = self.odds
            return after > before and fisher_exact((before, self.pairs), (after, self.pairs)) < CHANCE
        if self.pairs < PAIRS:
            return False
        if self.pairs >= MORE and self._by_the_mean:
            return True
        if self.wins == self.pairs >= MORE:  # ten of ten: a sign test by itself
            return self.gain > MATERIAL or self._worth_points
        if self.wins < self.pairs - self.pairs // 10:
            return False
        # The spread about the median: a seed that gains far more than the others is no reason to doubt.
        spread = NORMAL * float(np.median(np.abs(self.gains - self.gain)))
        return self.gain > max(MATERIAL, 2 * spread / sqrt(self.pairs))

    @property
    def _by_the_mean(self) -> bool:
        """Whether the mean of all pairs gains, by more than chance; none loses by it, and hardly any stays stuck."""
        if self.stuck > self.pairs // 10:
            return False
        error = float(np.std(self.gains, ddof=1)) / sqrt(self.pairs)
        return float(self.gains.min()) > -HARMLESS and float(np.mean(self.gains)) > max(MATERIAL, SURE * error)

    @property
    def _worth_points(self) -> bool:
        """Whether every pair wins a little, and unseen answers become better by what anybody would notice."""
        if self.points is None or np.isnan(self.points).any():
            return False
        return float(self.gains.min()) > LITTLE and float(np.median(self.points)) >= POINTS


def tried(case: Case, change: Change, pairs: int = PAIRS) -> Experiment:
    """The experiment, with more pairs where a few do not agree."""
    found = compared(case, change, range(pairs))
    doubtful = not found.convincing or found.gain < 2 * MATERIAL
    if pairs >= PAIRS and doubtful and float(np.mean(found.gains)) > 0 and case.left > 0:
        found = compared(case, change, range(MORE))
    return found


def drawn_again(case: Case, change: Change) -> Experiment:
    """The experiment of a lottery: as many seeds as are known without the change, as far as time allows."""
    enough, known = case.left * (1 - SHARE), case.known
    for count in (*range(FEWEST, known, FEWEST), known):
        found = compared(case, change, range(count))
        if case.left < enough:
            break
    ends = [np.array([run.end for run in case.runs(range(count), one)]) for one in (AS_IT_IS, change)]
    good = [int((of_all < case.stuck).sum()) for of_all in ends]
    return replace(found, odds=(good[0], good[1]))


def compared(case: Case, change: Change, seeds: Sequence[int]) -> Experiment:
    """These seeds, with and without."""
    before, after = case.runs(seeds), case.runs(seeds, change)
    count = min(len(before), len(after))
    pairs = list(zip(before[:count], after[:count], strict=True))
    gains = [gain(case, one, other) for one, other in pairs]
    points = [np.nan if a.error is None or b.error is None or a.held is None else a.error - b.error for a, b in pairs]
    before_ends, after_ends = ([run.end for run in runs[:count]] for runs in (before, after))
    unseen = count > 0 and float(np.median(gains)) > 0 and not np.median(after_ends) < np.median(before_ends)
    if unseen:
        before_ends, after_ends = ([run.seen for run in runs[:count]] for runs in (before, after))
    return Experiment(
        change, np.array(before_ends), np.array(after_ends), np.array(gains), np.array(points),
        stuck=sum(other.seen > case.stuck for _, other in pairs), unseen=unseen,
    )


def gain(case: Case, before: Run, after: Run) -> float:
    """By how much `after` is better, as a share of what there is to be learnt; never more than unseen rows bear out.

    Where the rows that are learnt from are learnt either way, unseen rows alone say what was gained, if that is much.
    """
    own = (_capped(case, before.end) - _capped(case, after.end)) / case.scale
    if before.held is None or after.held is None:
        return own
    seen = (_capped(case, before.held) - _capped(case, after.held)) / case.scale
    if seen > MUCH and own > -LITTLE:
        return seen
    if before.error is not None and after.error is not None:
        seen = max(seen, before.error - after.error)
    elif before.error is None and after.error is not None:  # it diverged before
        seen = max(seen, 1.0 - after.error)
    return min(own, seen) if own > 0 else own


def _capped(case: Case, loss: float) -> float:
    return min(loss, case.floor + CAP * case.scale) if np.isfinite(loss) else case.floor + CAP * case.scale
