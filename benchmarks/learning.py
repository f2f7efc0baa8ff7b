"""What is learnt, not how fast: the same recipe, weights and rates for chainrule and PyTorch, judged on unseen rows."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks import machine, ours, p09_gpt, pytorch, report, results
from benchmarks.convolutions import network as pictures_network
from benchmarks.recipe import Recipe, Rows
from chainrule import config

Scores = Iterator[tuple[float, float]]  # seconds of an epoch's training, its score afterwards


@dataclass(frozen=True)
class Lesson:
    """Something to learn.

    Args:
        name: for the command line.
        work: in one line.
        recipe: network, loss, optimizer.
        rows: of an epoch, by its number.
        unseen: what is judged by.
        epochs: how many.
        warmup: steps in which the rate rises.
        end: the rate at the end, as a share of the highest.
        score: `"accuracy"` or `"loss"`.
        goal: the score to be reached.
        shuffle: whether each epoch has another order.
        numpy_too: whether the NumPy engine learns it as well, for its time.
    """

    name: str
    work: str
    recipe: Recipe
    rows: Callable[[int], Rows]
    unseen: Callable[[], Rows]
    epochs: int
    warmup: int
    end: float
    score: str
    goal: float
    shuffle: bool = True
    numpy_too: bool = False

    def reached(self, score: float) -> bool:
        """Whether a score is good enough."""
        return score >= self.goal if self.score == "accuracy" else score <= self.goal

    def schedule(self, epochs: int, rows: int) -> Any:
        """The rate of every step: up along a line, down along half a cosine wave."""
        from chainrule.optim import schedules

        rate = self.recipe.options["lr"]
        steps = epochs * -(-rows // self.recipe.batch_size)
        return schedules.cosine(rate, steps=steps, warmup=min(self.warmup, steps - 1), end=rate * self.end)


@cache
def mnist(split: str) -> Rows:
    """Pictures (n, 784) and classes.

    Raises:
        ImportError: when the files are not there.
    """
    from chainrule.data import mnist as load
    from chainrule.errors import FileError

    try:
        X, y = load(split, download=False)
    except FileError as error:
        raise ImportError("MNIST is not there: set CHAINRULE_DATA to a folder with mnist/") from error
    return X, y


def squares(split: str) -> Rows:
    """The same as (n, 1, 28, 28)."""
    X, y = mnist(split)
    return X.reshape(-1, 1, 28, 28), y


@cache
def shakespeare() -> tuple[Any, Any]:
    """The text as numbers: nine tenths to learn from, the rest to be judged by.

    Raises:
        ImportError: when the file is not there.
    """
    from chainrule.data import text

    path = Path(os.environ.get("CHAINRULE_DATA", "")) / "tinyshakespeare" / "input.txt"
    if not path.is_file():
        raise ImportError("Tiny Shakespeare is not there: set CHAINRULE_DATA to a folder with tinyshakespeare/")
    words = text.read(path)
    numbers = text.encode(words, text.vocabulary(words))
    first = len(numbers) * 9 // 10
    return numbers[:first], numbers[first:]


def stretches(steps: int, epoch: int) -> Rows:
    """Random stretches for so many steps."""
    from chainrule.data import text

    numbers = shakespeare()[0]
    parts = [
        text.batch(numbers, p09_gpt.BATCH, p09_gpt.LENGTH, seed=0, step=step)
        for step in range(epoch * steps, (epoch + 1) * steps)
    ]
    return np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])


def unseen_text() -> Rows:
    """The unseen part, cut into stretches."""
    numbers = shakespeare()[1]
    count = (len(numbers) - 1) // p09_gpt.LENGTH * p09_gpt.LENGTH
    return numbers[:count].reshape(-1, p09_gpt.LENGTH), numbers[1 : count + 1].reshape(-1, p09_gpt.LENGTH)


def dense(library: Any) -> Any:
    nn = library.nn
    return nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.2), nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(128, 10),
    )


def _on_pictures(model: Callable[[Any], Any], batch_size: int, rate: float, *, pictures: bool) -> Recipe:
    return Recipe(
        model=model, loss="cross_entropy", rule="Adam", options={"lr": rate}, data=lambda rows: mnist("train"),
        batch_size=batch_size, batches=1, pictures=pictures,
    )


STEPS = 250
LESSONS = (
    Lesson(
        name="dense", work="MNIST, 784-256-128-10 ReLU, dropout 0.2, batch 128, Adam, cosine",
        recipe=_on_pictures(dense, 128, 2e-3, pictures=False), rows=lambda epoch: mnist("train"),
        unseen=lambda: mnist("test"), epochs=20, warmup=200, end=0.01, score="accuracy", goal=0.983, numpy_too=True,
    ),
    Lesson(
        name="conv", work="MNIST, conv 32-64 + 128, batch 64, Adam, cosine",
        recipe=_on_pictures(partial(pictures_network, 32, 64, 128), 64, 1e-3, pictures=True),
        rows=lambda epoch: squares("train"), unseen=lambda: squares("test"), epochs=6, warmup=200, end=0.01,
        score="accuracy", goal=0.991,
    ),
    Lesson(
        name="gpt", work="Tiny Shakespeare, GPT 4 layers, 4 heads, 128 wide, 2,000 steps of 12 x 64, AdamW, cosine",
        recipe=p09_gpt.RECIPE, rows=partial(stretches, STEPS), unseen=unseen_text, epochs=2000 // STEPS, warmup=100,
        end=0.1, score="loss", goal=1.88, shuffle=False,
    ),
)


def with_chainrule(lesson: Lesson, engine: str | None, epochs: int, share: float) -> Scores:
    """Each epoch with the `Trainer`."""
    import chainrule as cr

    recipe = lesson.recipe
    unseen = _share(lesson.unseen(), share)
    with cr.settings(engine=engine):
        cr.manual_seed(0)
        model = recipe.model(cr)
        trainer = cr.Trainer(
            model,
            loss=recipe.criterion(cr),
            optimizer=getattr(cr.optim, recipe.rule)(recipe.parameters(model), **recipe.options),
            schedule=lesson.schedule(epochs, len(_share(lesson.rows(0), share)[0])),
            metrics=[lesson.score] if lesson.score == "accuracy" else [],
            clip_norm=recipe.clip,
            seed=0,
        )
        for epoch in range(epochs):
            data = _share(lesson.rows(epoch), share)
            start = perf_counter()
            trainer.fit(data, batch_size=recipe.batch_size, shuffle=lesson.shuffle, progress=False)
            spent = perf_counter() - start
            yield spent, trainer.evaluate(unseen, batch_size=recipe.batch_size)[lesson.score]


def with_torch(lesson: Lesson, epochs: int, share: float) -> Scores:
    """Each epoch as a PyTorch user writes it, fused optimizer, default threads."""
    import torch

    torch.set_num_threads(config.threads())
    torch.manual_seed(0)
    recipe = lesson.recipe
    model = pytorch.load(recipe.model(torch), recipe.weights())
    if recipe.pictures:
        model = model.to(memory_format=torch.channels_last)
    optimizer = getattr(torch.optim, recipe.rule)(recipe.parameters(model), **recipe.options, fused=True)
    criterion = recipe.criterion(torch)
    schedule = lesson.schedule(epochs, len(_share(lesson.rows(0), share)[0]))
    known, known_y = map(torch.from_numpy, _share(lesson.unseen(), share))
    step = 0
    for epoch in range(epochs):
        X, y = map(torch.from_numpy, _share(lesson.rows(epoch), share))
        start = perf_counter()
        model.train()
        order = torch.randperm(len(X)) if lesson.shuffle else torch.arange(len(X))
        for rows in order.split(recipe.batch_size):
            for group in optimizer.param_groups:
                group["lr"] = schedule(step)
            optimizer.zero_grad()
            criterion(model(X[rows]), y[rows]).backward()
            if recipe.clip is not None:
                torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
            optimizer.step()
            step += 1
        spent = perf_counter() - start
        model.eval()
        with torch.inference_mode():
            outputs = torch.cat([model(part) for part in known.split(256)])
            right = (outputs.argmax(1) == known_y).float().mean() if lesson.score == "accuracy" else None
            yield spent, float(criterion(outputs, known_y) if right is None else right)


def _share(rows: Rows, share: float) -> Rows:
    X, y = rows
    count = max(64, round(len(X) * share))
    return np.ascontiguousarray(X[:count]), np.ascontiguousarray(y[:count])


def learn(lesson: Lesson, epochs: int, share: float) -> dict[str, Any]:
    """Everybody learns the same; what came out as plain data."""
    students: dict[str, Callable[[], Scores]] = {
        ours.NAME: lambda: with_chainrule(lesson, None, epochs, share),
        pytorch.NAME: lambda: with_torch(lesson, epochs, share),
    }
    if lesson.numpy_too and config.engine() != "numpy":
        students[f"{ours.NAME}, NumPy engine"] = lambda: with_chainrule(lesson, "numpy", epochs, share)
    rows: list[dict[str, Any]] = []
    missing = []
    for name, student in students.items():
        try:
            epochs_of = list(student())
        except ImportError as error:
            missing.append(f"{name} ({error})")
            continue
        scores = [score for _, score in epochs_of]
        enough = next((number for number, score in enumerate(scores, 1) if lesson.reached(score)), None)
        seconds = [spent for spent, _ in epochs_of]
        until = sum(seconds[:enough]) if enough else None
        rows.append({
            "name": name, "scores": scores, "last": scores[-1], "epochs to goal": enough, "seconds": sum(seconds),
            "seconds to goal": until,
        })
    sign = "at least" if lesson.score == "accuracy" else "at most"
    return {
        "id": lesson.name,
        "work": lesson.work,
        "score": lesson.score,
        "epochs": epochs,
        "goal": {"words": f"{lesson.score} {sign} {lesson.goal:g}", "reached": _reached(lesson, rows)},
        "contestants": rows,
        "missing": missing,
    }


def _reached(lesson: Lesson, rows: list[dict[str, Any]]) -> bool | None:
    """Whether the score was reached at the end, and within as many epochs as PyTorch needed, where it got there."""
    by_name = {row["name"]: row for row in rows}
    mine, theirs = by_name.get(ours.NAME), by_name.get(pytorch.NAME)
    if mine is None:
        return None
    allowed = (theirs["epochs to goal"] if theirs else None) or len(mine["scores"])
    return lesson.reached(mine["last"]) and mine["epochs to goal"] <= allowed


def table(row: dict[str, Any]) -> str:
    """One lesson in words and columns."""
    goal = row["goal"]
    lines = [f"{row['id']}  {row['work']}", f"    goal: {goal['words']} - {report.WORDS[goal['reached']]}"]
    for entry in row["contestants"]:
        enough = entry["epochs to goal"]
        when = f"goal in epoch {enough}, {entry['seconds to goal']:.1f} s" if enough else "goal never"
        lines.append(f"    {entry['name']:<24} {entry['last']:.4f} after {entry['seconds']:.1f} s; {when}")
    lines += [f"    missing: {name}" for name in row["missing"]]
    return "\n".join(lines)


def markdown(rows: list[dict[str, Any]]) -> str:
    """All lessons, one line a contestant."""
    lines = ["| recipe | goal | | at the end | epoch that reaches it | training |", "|---|---|---|---|---|---|"]
    for row in rows:
        said = f"{row['goal']['words']}: {report.WORDS[row['goal']['reached']]}"
        for number, entry in enumerate(row["contestants"]):
            first = f"| {row['work']}, {row['epochs']} epochs | {said} " if number == 0 else "| | "
            enough = entry["epochs to goal"] or "never"
            lines.append(f"{first}| {entry['name']} | {entry['last']:.4f} | {enough} | {entry['seconds']:.1f} s |")
    return "\n".join(lines)


def main(names: list[str], folder: Path | None, *, quick: bool, as_json: bool) -> int:
    """Learn what was asked for, all unless named; 2 for an unknown name."""
    known = {lesson.name: lesson for lesson in LESSONS}
    if not set(names) <= set(known):
        print(f"there are {', '.join(known)}")
        return 2
    about, rows = machine.describe(), []
    for name in names or known:
        lesson = known[name]
        row = learn(lesson, 2 if quick else lesson.epochs, 0.02 if quick else 1.0)
        rows.append(row)
        if not as_json:
            print(table(row) + "\n", flush=True)
        if folder is not None and row["contestants"]:
            results.write(folder, f"learning_{name}", "learning", about, row)
    if as_json:
        print(json.dumps({"machine": about, "learning": rows}, indent=1))
    return 0
