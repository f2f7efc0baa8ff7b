"""The trials of a search, one after the other, and the best of them again with other seeds."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import inf, isfinite
from statistics import fmean, stdev
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.cli.run.options import Options
from chainrule.cli.searching.space import Choice, Range, Space, of_design, readable
from chainrule.cli.searching.trial import Hopeless, Outcome, designed, outcome, trained
from chainrule.tables.design import Design
from chainrule.tables.parts import Parts

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler

BEST = 5
FIRST = 10  # trials by chance, before the others follow the best ones
SPARED = 5  # trials that are trained to their end whatever they look like
RUNG = 3  # tenths of a training before which nothing is called hopeless


@dataclass(frozen=True)
class Trial:
    """A trial that is done.

    Attributes:
        number: among those that are done, from 0.
        settings: what was tried.
        outcome: what came of it; of a hopeless one, until then.
        hopeless: whether it was ended early.
    """

    number: int
    settings: dict[str, Any]
    outcome: Outcome
    hopeless: bool


@dataclass(frozen=True)
class Candidate:
    """A design that is trained with several seeds.

    Attributes:
        trial: its number; None for the default design where no trial has it.
        plan: network and training.
        own: what came of the trial; None where there is none.
        again: what came of the other seeds.
    """

    trial: int | None
    plan: Design
    own: Outcome | None
    again: tuple[Outcome, ...]

    @property
    def mean(self) -> float:
        """The loss to expect: over the other seeds, for it was chosen by its own."""
        if self.again:
            return fmean(one.loss for one in self.again)
        return inf if self.own is None else self.own.loss

    @property
    def spread(self) -> float:
        """The deviation over the other seeds."""
        losses = [one.loss for one in self.again]
        return stdev(losses) if len(losses) > 1 and all(map(isfinite, losses)) else 0.0


class Search:
    """A search over one study.

    Args:
        study: where trials are kept.
        varied: what is tried.
        options: those of `chainrule train`.
        parts: the rows, parted once.
        say: is given each trial, when it is done, with the best one.
    """

    def __init__(
        self, study: "Study", varied: Space, options: Options, parts: Parts, say: Callable[[Trial, Trial], None]
    ) -> None:
        self.study = study
        self.varied = varied
        self.options = options
        self.parts = parts
        self.say = say
        self.default = designed({}, options, parts)
        self.settings = of_design(self.default, varied)
        self.interrupted = False

    @property
    def trials(self) -> list[Trial]:
        """Those that are done, in their order."""
        from optuna.trial import TrialState

        done = self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
        return [
            Trial(
                number, readable(one.params, self.varied), Outcome(**one.user_attrs["outcome"]),
                one.state is TrialState.PRUNED,
            )
            for number, one in enumerate(done)
        ]

    @property
    def best(self) -> list[Trial]:
        """Those that were trained to their end, the least loss first."""
        ended = [trial for trial in self.trials if not trial.hopeless and isfinite(trial.outcome.loss)]
        return sorted(ended, key=lambda trial: (trial.outcome.loss, trial.number))

    def run(self, trials: int, seconds: float) -> None:
        """Go on until so many trials are done, or so much time has gone by; Ctrl-C ends it as well."""
        begun = perf_counter()
        try:
            while (done := len(self.trials)) < trials and not self.interrupted:
                if done and perf_counter() - begun > seconds:
                    break
                self._one(done)
        except KeyboardInterrupt:
            self.interrupted = True

    def repeated(self, seeds: int) -> list[Candidate]:
        """The best trials and the default design with other seeds; without these where Ctrl-C ended it."""
        chosen: list[tuple[int | None, dict[str, Any], Outcome | None]] = [
            (trial.number, trial.settings, trial.outcome) for trial in self.best[:BEST]
        ]
        default = next((trial for trial in self.trials if trial.settings == self.settings), None)
        if default is None:
            chosen.append((None, {}, None))
        elif default.number not in [number for number, *_ in chosen]:
            chosen.append((default.number, default.settings, default.outcome))
        plans = [(number, designed(settings, self.options, self.parts), own) for number, settings, own in chosen]
        again: dict[int | None, tuple[Outcome, ...]] = {number: () for number, *_ in plans}
        try:
            again |= {
                number: tuple(self._again(number, plan, place + 1) for place in range(seeds))
                for number, plan, _ in plans
                if not self.interrupted
            }
        except KeyboardInterrupt:
            self.interrupted = True
        if self.interrupted:
            again = dict.fromkeys(again, ())
        return [Candidate(number, plan, own, again[number]) for number, plan, own in plans]

    def is_default(self, candidate: Candidate) -> bool:
        """Whether it is the default design."""
        return candidate.plan == self.default

    def _one(self, number: int) -> None:
        from optuna.pruners import MedianPruner
        from optuna.trial import TrialState

        # Made anew for each trial: what is tried depends on the trials so far and on the number, not on the process.
        self.study.sampler = self._sampler(number)
        self.study.pruner = MedianPruner(n_startup_trials=SPARED, n_warmup_steps=RUNG - 1)
        trial = self.study.ask({name: _distribution(ranged) for name, ranged in self.varied.items()})

        def hopeless(loss: float, rung: int) -> bool:
            trial.report(loss, rung)
            return trial.should_prune()

        plan = designed(readable(trial.params, self.varied), self.options, self.parts)
        ask = Hopeless(plan.epochs, hopeless)
        done = trained(plan, self.parts, self.options.seed, ask)
        if done.history.interrupted:
            self.study.tell(trial, state=TrialState.FAIL)
            raise KeyboardInterrupt
        found = outcome(done)
        trial.set_user_attr("outcome", asdict(found))
        if ask.ended or not isfinite(found.loss):
            self.study.tell(trial, state=TrialState.PRUNED)
        else:
            self.study.tell(trial, found.loss)
        trials = self.trials
        self.say(trials[-1], (self.best or trials[-1:])[0])

    def _sampler(self, number: int) -> "BaseSampler":
        from optuna.samplers import PartialFixedSampler, TPESampler

        seed = int(np.random.SeedSequence([self.options.seed, number]).generate_state(1)[0])
        sampler = TPESampler(seed=seed, n_startup_trials=FIRST)
        if number == 0 and self.settings is not None:
            return PartialFixedSampler(self.settings, sampler)
        return sampler

    def _again(self, number: int | None, plan: Design, place: int) -> Outcome:
        """With another seed; what the journal has is not trained again."""
        key = f"{'default' if number is None else number} again {place}"
        known = self.study.user_attrs.get(key)
        if known is not None:
            return Outcome(**known)
        done = trained(plan, self.parts, (self.options.seed + place) % 2**63)
        if done.history.interrupted:
            raise KeyboardInterrupt
        found = outcome(done)
        self.study.set_user_attr(key, asdict(found))
        return found


def _distribution(ranged: Range | Choice) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(ranged, Choice):
        return CategoricalDistribution(ranged.values)
    if ranged.whole:
        return IntDistribution(int(ranged.low), int(ranged.high), log=ranged.log)
    return FloatDistribution(ranged.low, ranged.high, log=ranged.log)
