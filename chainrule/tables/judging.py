"""A trained network beside other models and the best constant, on rows that none of them has seen."""

from collections.abc import Mapping
from dataclasses import dataclass

from chainrule.tables.answers import Answers, answers
from chainrule.tables.boosting import boosted, installed
from chainrule.tables.linear import linear
from chainrule.tables.parts import Parts
from chainrule.tables.scores import Scores, of_constant, scores
from chainrule.tables.verdict import Verdict, verdict
from chainrule.train.trainer import Trainer


@dataclass(frozen=True)
class Judgement:
    """What a network is worth.

    Attributes:
        answers: the network's, for the rows to judge by.
        scores: by model: `"network"`, `"linear"`, `"boosting"` for tables where scikit-learn is there, `"constant"`.
        beside_linear: the network against the linear model.
        beside_constant: the network against the best constant.
        beside_boosting: the network against scikit-learn's gradient boosting; None where that is not there.
        no_boosting: whether it would have been asked, were scikit-learn there.
        converged: whether the linear model reached its minimum.
    """

    answers: Answers
    scores: Mapping[str, Scores]
    beside_linear: Verdict
    beside_constant: Verdict
    beside_boosting: Verdict | None
    no_boosting: bool
    converged: bool


def judge(trainer: Trainer, parts: Parts, seed: int = 0) -> Judgement:
    """Let all answer, and compare."""
    task, truth = parts.task, parts.truth
    given, simple = answers(trainer.predict(parts.judging.X), parts.schema.target), linear(parts)
    of_mean, constant = of_constant(task, parts.known, truth, parts.classes)
    found = {"network": scores(task, truth, given), "linear": scores(task, truth, simple.answers)}
    beside_boosting = None
    if parts.mixed is not None and installed():
        trees = boosted(parts, seed)
        found["boosting"] = scores(task, truth, trees)
        beside_boosting = verdict(task, truth, given, trees)
    found["constant"] = of_mean
    return Judgement(
        given, found, verdict(task, truth, given, simple.answers), verdict(task, truth, given, constant),
        beside_boosting, parts.mixed is not None and beside_boosting is None, simple.converged,
    )
