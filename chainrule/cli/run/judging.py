"""A trained network beside the linear model and the best constant, on rows that none of them has seen."""

from collections.abc import Mapping
from dataclasses import dataclass

from chainrule.cli.run.answers import Answers, answers
from chainrule.cli.run.linear import linear
from chainrule.cli.run.parts import Parts
from chainrule.cli.run.rows import Rows
from chainrule.cli.run.scores import Scores, of_constant, scores
from chainrule.cli.run.verdict import Verdict, verdict
from chainrule.train.trainer import Trainer


@dataclass(frozen=True)
class Judgement:
    """What a network is worth.

    Attributes:
        answers: the network's, for the rows to judge by.
        scores: by model: `"network"`, `"linear"`, `"constant"`.
        beside_linear: the network against the linear model.
        beside_constant: the network against the best constant.
        converged: whether the linear model reached its minimum.
    """

    answers: Answers
    scores: Mapping[str, Scores]
    beside_linear: Verdict
    beside_constant: Verdict
    converged: bool


def judge(trainer: Trainer, rows: Rows, parts: Parts) -> Judgement:
    """Let all three answer, and compare."""
    task, truth = parts.task, rows.judging.y
    given, simple = answers(trainer.predict(parts.judging.X), parts), linear(parts)
    of_mean, constant = of_constant(task, rows.known.y, truth, rows.known.classes)
    found = {
        "network": scores(task, truth, given),
        "linear": scores(task, truth, simple.answers),
        "constant": of_mean,
    }
    beside = verdict(task, truth, given, simple.answers), verdict(task, truth, given, constant)
    return Judgement(given, found, *beside, simple.converged)
