"""From a learner's gradients to the mistakes that make them: from the loss downwards, one after the other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np

from chainrule.glass.examining.derivation import Array, Derivation
from chainrule.glass.examining.layers import below_number, layer_slopes
from chainrule.glass.examining.merging import merged, together
from chainrule.glass.examining.nearness import Nearness, is_about
from chainrule.glass.examining.report import Finding
from chainrule.glass.examining.scales import divisor, scale_findings
from chainrule.glass.examining.single import single
from chainrule.glass.examining.slopes_of_loss import loss_slopes
from chainrule.glass.examining.suspicion import Suspicion

MOST = 6
"""So many mistakes are looked for in one backward pass."""


class Search:
    """Looks for the mistakes behind some gradients.

    Args:
        of: the right backward pass.
        got: the learner's gradients, by parameter, weights as (inputs, outputs) where their shape allows it.
        near: when two gradients are the same.
        rates: learning rates of the optimizer.
        formula: of each name what it should be computed from.
    """

    def __init__(
        self, of: Derivation, got: Mapping[str, Array], near: Nearness, rates: tuple[float, ...],
        formula: Callable[[str], str],
    ) -> None:
        self.formula = formula
        self.right, self.of = of, of
        self.got, self.near, self.rates = got, near, rates
        self.found: list[Finding] = []
        self.settled: set[str] = set()
        norm = sum(float((array * array).sum()) for array in got.values() if np.isfinite(array).all())
        self.norm = float(np.sqrt(norm))

    def run(self) -> list[Finding]:
        """The mistakes, from the loss downwards; those of one gradient alone behind those of a layer."""
        self._walk()
        return merged(self.found)

    def _walk(self) -> None:
        if self._everything():
            return
        while (wrong := self.wrong()) and len(self.found) < MOST:
            all_wrong = len(wrong) == len(self.of.parameters)
            if not (
                self._whole(wrong) or self._updated(wrong) or (all_wrong and self._scaled(wrong))
                or self._layer(wrong) or self._scaled(wrong)
            ):
                place = self.place(wrong[0])
                number = self._number(wrong[0])
                above = [f"dz{number}"] if place.startswith("layer") else []
                self._note("unexplained", place, {"name": f"d{wrong[0]}"}, [*above, f"d{wrong[0]}"])
                break

    def wrong(self) -> list[str]:
        """Parameters whose gradients the mistakes found so far do not explain, the last layer first."""
        names = [name for name in self.of.parameters if name not in self.settled and not self._same(name, self.of)]
        return sorted(names, key=self._number, reverse=True)

    def place(self, name: str) -> str:
        """Where a parameter is."""
        stage = self.of.names.stage.get(name)
        if stage is not None and stage.kind == "linear":
            return f"layer {stage.number}"
        return f"{stage.path} {stage.owner}".strip() if stage is not None else name

    def _together(self, names: list[str]) -> str:
        """Where several parameters are."""
        places = list(dict.fromkeys(self.place(name) for name in reversed(names)))
        return together(places)

    def _number(self, name: str) -> int:
        stage = self.of.names.stage.get(name)
        return stage.number if stage is not None else 0

    def _same(self, name: str, of: Derivation) -> bool:
        return name in self.got and self.near.same(self.got[name], of.truth[name], self.right.natural_size(name))

    def _note(self, finding: str, where: str, words: Mapping[str, Any], names: Iterable[str] = ()) -> None:
        """A finding, with the right lines for the named values."""
        right = tuple(f"{name} = {self.formula(name)}" for name in names if name in self.of)
        self.found.append(Finding(finding, where, tuple(words.items()), right))

    # --- everything at once -------------------------------------------------------------------------------------

    def _everything(self) -> bool:
        """Mistakes that concern what was returned as a whole: too little, no numbers, something else."""
        order = sorted(self.of.parameters, key=self._number, reverse=True)
        missing = [name for name in order if name not in self.got]
        infinite = [name for name in order if name in self.got and not np.isfinite(self.got[name]).all()]
        for finding, names in (("missing_gradient", missing), ("not_a_number", infinite)):
            if names:
                where = "everywhere" if len(names) == len(order) > 1 else self._together(names)
                self._note(finding, where, {"name": ", ".join(f"d{name}" for name in reversed(names))})
                self.settled.update(names)
        here = [name for name in self.of.parameters if name not in self.settled]
        # a gradient of one number is a multiple of anything: it has no say in what the others have in common
        large = [name for name in here if self.got[name].size > 1]
        alike = [single(self.of, name, self.got[name], self.near, self.rates, self.right.truth) for name in large]
        kinds = {rows[0][0] for rows in alike if rows}
        together = ("returned_new_parameters", "returned_the_parameters", "returned_the_step")
        if len(large) > 1 and len(kinds) == 1 and all(alike) and (kind := next(iter(kinds))) in together:
            self._note(kind, "everywhere", alike[0][0][1])
            return True
        return not here

    # --- one mistake for all that is still wrong ----------------------------------------------------------------

    def _whole(self, wrong: list[str]) -> bool:
        every = len(wrong) == len(self.of.parameters)
        if not every and self._best(wrong, factors=(1.0,)):
            return True
        if not every and all(name.startswith("b") for name in wrong) and self._alone(wrong):
            return True
        ratio = self._common_ratio(wrong, self.of)
        if ratio is not None and len(wrong) > 1:
            where = "loss" if every else self._together(wrong)
            start = [self.of.names.slope.get(self.of.answer, "")] if every else []
            for finding, words in scale_findings(self.of, ratio, self.rates, self.norm):
                self._note(finding, where, words, start)
            self.settled.update(wrong)
            return True
        return (len(wrong) == 1 and self._alone(wrong)) or (every and self._best(wrong, factors=(1.0,)))

    def _common_ratio(self, wrong: list[str], of: Derivation) -> float | None:
        """The factor that all these gradients share."""
        ratios = []
        for name in wrong:
            size = self.right.natural_size(name)
            if self.got[name].shape == of.truth[name].shape and not of.truth[name].any() and not self.got[name].any():
                continue
            ratios.append(self.near.ratio(self.got[name], of.truth[name], size))
        found = [ratio for ratio in ratios if ratio is not None]
        if not found or len(found) != len(ratios) or is_about(found[0], 1.0):
            return None
        close = np.allclose(found, found[0], rtol=max(1e-5, 10 * self.near.relative))
        return found[0] if close else None

    def _alone(self, names: list[str]) -> bool:
        """Mistakes in single gradients, if each of these has one."""
        rows = {name: single(self.of, name, self.got[name], self.near, self.rates, self.right.truth) for name in names}
        if not all(rows.values()):
            return False
        for name, found in rows.items():
            for finding, words in found:
                self._note(finding, self.place(name), words, [f"d{name}"])
            self.settled.add(name)
        return True

    def _suspicions(self) -> Iterator[Suspicion]:
        return chain(loss_slopes(self.of), layer_slopes(self.of))

    def _best(self, wrong: list[str], factors: tuple[float, ...]) -> bool:
        """The mistake that explains all of these at once; with a factor on all gradients if need be."""
        shaped = [name for name in wrong if self.got[name].shape == self.of.truth[name].shape]
        if len(shaped) < 2 and not (shaped and len(self.of.parameters) <= 2):
            return False
        for suspicion in self._suspicions():
            made = self.of.mistaken(suspicion.instead)
            for factor in factors:
                if all(self._fits(name, made, factor) for name in self.of.parameters if name not in self.settled and
                       (name in shaped or name not in wrong)) and self._changes(made, shaped):
                    return self._accept(suspicion, made, factor)
        return False

    def _changes(self, made: Derivation, names: list[str]) -> bool:
        """Whether a mistake makes any difference for these rows: one that makes none explains nothing."""
        return any(
            not self.near.same(made.truth[name], self.of.truth[name], self.right.natural_size(name)) for name in names
        )

    def _fits(self, name: str, made: Derivation, factor: float) -> bool:
        want = made.truth[name] * factor
        return self.near.same(self.got[name], want, self.right.natural_size(name) * abs(factor))

    def _accept(self, suspicion: Suspicion, made: Derivation, factor: float) -> bool:
        self._note(suspicion.finding, suspicion.where, suspicion.words, suspicion.instead)
        self.of = made
        if factor != 1.0:
            for finding, words in scale_findings(self.right, factor, (), 0.0):
                self._note(finding, "loss", words)
            self.settled.update(self.of.parameters)
        return True

    def _scaled(self, wrong: list[str]) -> bool:
        """A known mistake and a factor on everything."""
        by, rows = divisor(self.of), float(self.of.rows)
        factors = [by, rows, 1 / by, 1 / rows, 0.5, 2.0, -1.0, -by, by / 2, rows / 2]
        return self._best(wrong, tuple(dict.fromkeys(factor for factor in factors if factor != 1.0)))

    # --- the last layer that is wrong ---------------------------------------------------------------------------

    def _layer(self, wrong: list[str]) -> bool:
        """What is wrong in the last of the wrong layers, whatever else is wrong beneath it."""
        place = self.place(wrong[0])
        here = [name for name in wrong if self.place(name) == place]
        beside = [name for name in self.of.parameters if self.place(name) == place]
        if self._alone(here):
            return True
        misshapen = [name for name in here if self.got[name].shape != self.of.truth[name].shape]
        if misshapen and self._alone(misshapen):
            return True
        if len(here) < len(beside):  # the other one is right, so what comes from above is right too
            return False
        weights = [name for name in here if name in self.of.names.turned and name not in misshapen]
        return self._from_above(here, wrong) or (len(here) > 1 and bool(weights) and self._from_above(weights, wrong))

    def _from_above(self, here: list[str], wrong: list[str]) -> bool:
        """The mistake above some gradients that explains them, and most of what is wrong beneath."""
        best: tuple[int, Suspicion, Derivation] | None = None
        above = [name for name in self.of.parameters if self._number(name) > self._number(here[0])]
        for suspicion in self._suspicions():
            made = self.of.mistaken(suspicion.instead)
            if not all(self._fits(name, made, 1.0) for name in here) or not self._changes(made, here):
                continue
            if any(name not in self.settled and not self._fits(name, made, 1.0) for name in above):
                continue
            count = sum(self._fits(name, made, 1.0) for name in wrong)
            if best is None or count > best[0]:
                best = count, suspicion, made
        return best is not None and self._accept(best[1], best[2], 1.0)

    # --- weights that were changed before they were used --------------------------------------------------------

    def _updated(self, wrong: list[str]) -> bool:
        """dz @ W.T with a W that this very step has changed already: the step's rate is worked out."""
        for number in sorted(self.of.dense, reverse=True):
            stage = self.of.dense[number]
            below = self.of.names.slope.get(self.of.input(stage) or "")
            under = below_number(self.of, number)
            dz, change = f"dz{number}", self.of.truth.get(f"W{number}")
            name = f"W{under}"
            if below is None or dz not in self.of or change is None or name not in wrong or name not in self.of.truth:
                continue
            if self.of[dz].ndim != 2 or self.got[name].shape != self.of.truth[name].shape:
                continue
            moved = self.of[below] - self.of[dz] @ change.T
            slope = self.of.mistaken({below: moved}).truth[name] - self.of.truth[name]  # linear in the rate
            rate = self.near.ratio(self.got[name] - self.of.truth[name], slope, self.right.natural_size(name))
            if rate is None or abs(rate) < 1e-6:
                continue
            made = self._with_rate(rate, number, wrong)
            if made is not None:
                words = {"number": under, "other": f"W{number}", "rate": f"{rate:.4g}"}
                self._note("updated_weights_upstream", f"layer {under}", words, [below])
                self.of = made
                return True
        return False

    def _with_rate(self, rate: float, number: int, wrong: list[str]) -> Derivation | None:
        """The backward pass with weights changed before they are used: here and in all layers beneath, or only here."""
        for lowest in (1, number):
            made = self.of
            for place in sorted((n for n in self.of.dense if lowest <= n <= number), reverse=True):
                stage = self.of.dense[place]
                below = self.of.names.slope.get(self.of.input(stage) or "")
                if below is not None and f"W{place}" in made.truth:
                    changed = self.of[f"W{place}"] - rate * made.truth[f"W{place}"]
                    made = made.mistaken({below: made[f"dz{place}"] @ changed.T})
            if all(self._fits(name, made, 1.0) for name in wrong):
                return made
        return None
