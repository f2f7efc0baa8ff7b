"""What a training leaves: the files of its folder, and what is said of them to programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.cli.recipe import writing
from chainrule.cli.run import pictures, record
from chainrule.cli.run.options import Options
from chainrule.cli.run.page import page
from chainrule.cli.run.rows import Rows
from chainrule.errors import MissingExtraError
from chainrule.tables.design import Design
from chainrule.tables.fitting import Fit
from chainrule.tables.judging import Judgement
from chainrule.tables.parts import Parts
from chainrule.tables.table import Table


@dataclass(frozen=True)
class Run:
    """A training that is done.

    Attributes:
        source: what it learnt from.
        options: what was asked for.
        recipe: what it depends on, as `recipe.of_run.of_run` has it.
        parts: its rows.
        origin: where these are from.
        plan: network and training.
        trained: what came of it.
        judged: what that is worth.
    """

    source: str
    options: Options
    recipe: Mapping[str, Mapping[str, Any]]
    parts: Parts
    origin: Rows | Table
    plan: Design
    trained: Fit
    judged: Judgement

    def keep(self, folder: Path, seconds: float) -> MissingExtraError | None:
        """Write its files.

        Args:
            folder: where to.
            seconds: that it took.

        Returns:
            Why there are no pictures; None when there are.
        """
        record.weights(folder / "model.safetensors", self.trained.trainer.model, self.parts, self.plan)
        history = self.trained.history
        record.history(folder / "history.csv", history)
        depends = writing.text(self.recipe, len(history) if history.interrupted else None)
        (folder / "run.toml").write_text(depends, encoding="utf-8")
        html = page(self.parts, self.origin, self.plan, self.trained, self.judged, self.options.seed)
        (folder / "report.html").write_text(html, encoding="utf-8")
        missing = pictures.pictures(folder, history, self.parts, self.judged.answers)
        record.json(folder / "run.json", {**self.about, "seconds": round(seconds, 3)})
        return missing

    @property
    def about(self) -> dict[str, Any]:
        """All of it as plain data."""
        history, judged = self.trained.history, self.judged
        left_out = [column.name for column in self.origin.left_out] if isinstance(self.origin, Table) else []
        learning, watching, judging = self.parts.counts
        return {
            "source": self.source,
            "task": self.parts.task,
            "scores": judged.scores,
            "beside_linear": judged.beside_linear,
            "beside_constant": judged.beside_constant,
            "beside_boosting": judged.beside_boosting,
            "linear_converged": judged.converged,
            "rows": {"learning": learning, "watching": watching, "judging": judging},
            "dropped": {"columns": left_out, "rows": self.origin.dropped if isinstance(self.origin, Table) else 0},
            "epochs": len(history),
            "best_epoch": history.best_epoch,
            "interrupted": history.interrupted,
            "stopped": history.stopped,
            "training_seconds": round(history.seconds, 3),
            "options": self.options,
            "design": self.plan,
            "versions": record.versions(),
        }
