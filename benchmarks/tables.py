"""What `chainrule train` makes of real tables with its defaults, beside scikit-learn's MLP and gradient boosting.

    python -m benchmarks.tables [NAME …]        measures, and keeps the results
    python -m benchmarks.tables --rows          prints the rows of docs/tables.md from what is kept

Every model learns from the same four fifths of the rows and is judged by the same fifth, for splits of seeds 0 to 4.
scikit-learn's MLP has its defaults behind StandardScaler, the median for gaps and OneHotEncoder; numbers to predict are
scaled for it too. Every model has one thread, and its time is processor time, so that a busy neighbour counts for
nothing. The tables of files are looked for in `$CHAINRULE_DATA`, or beside the project.
"""

import json
import os
import sys
import warnings
from pathlib import Path
from time import process_time
from typing import Any

for _name in ("CHAINRULE_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import numpy as np

from chainrule.tables.answers import Answers, answers
from chainrule.tables.boosting import boosted
from chainrule.tables.design import Wishes
from chainrule.tables.fitting import fit
from chainrule.tables.linear import linear
from chainrule.tables.parts import Mixed, Parts
from chainrule.tables.preparing import prepared
from chainrule.tables.reading import read
from chainrule.tables.scores import scores
from chainrule.tables.table import Table
from chainrule.tables.training import planned
from chainrule.tables.typed import Typed

DATA = Path(os.environ.get("CHAINRULE_DATA") or Path(__file__).parents[2] / "shared" / "data")
FILES = {
    "penguins": ("penguins/penguins.csv", "species"),
    "seattle-weather": ("timeseries/seattle-weather.csv", "weather"),
    "california-housing": ("california_housing/housing.csv", "median_house_value"),
    "adult": ("adult/adult.data", "column 15"),
}
INSIDE = ("iris", "wine", "breast_cancer", "diabetes", "digits")
SEEDS = range(5)
RESULTS = Path(__file__).parent / "results" / "tables.json"


def table_of(name: str) -> Table:
    """A table by its name."""
    if name in FILES:
        path, target = FILES[name]
        return read(DATA / path, target)
    import sklearn.datasets

    found: Any = getattr(sklearn.datasets, f"load_{name}")(as_frame=True)
    frame = found.data.copy()
    frame["the target"] = found.target
    return read(frame, "the target")


def network(table: Table, seed: int) -> tuple[Parts, Answers, float]:
    """The rows, the network's answers, and the seconds from the table to the trained network."""
    begun = process_time()
    parts = prepared(table, seed=seed)
    trained = fit(planned(Wishes(), parts), parts, seed, progress=False)
    seconds = process_time() - begun
    return parts, answers(trained.trainer.predict(parts.judging.X), parts.schema.target), seconds


def perceptron(parts: Parts, seed: int) -> tuple[Answers, float]:
    """The answers of scikit-learn's MLP with its defaults, and its seconds from the table to the trained network."""
    from sklearn.compose import TransformedTargetRegressor, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    mixed = parts.mixed
    assert mixed is not None
    known, judging = (_frame(mixed, rows) for rows in (mixed.known, mixed.judging))
    words = [column.name for column in mixed.columns if column.kind == "category"]
    numbers = [column.name for column in mixed.columns if column.kind != "category"]
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    inputs = make_column_transformer((scaled, numbers), (OneHotEncoder(handle_unknown="ignore"), words))
    of_numbers = parts.task == "numbers"
    if of_numbers:  # in dollars it would learn next to nothing in its 200 epochs
        network: Any = TransformedTargetRegressor(MLPRegressor(random_state=seed), transformer=StandardScaler())
    else:
        network = MLPClassifier(random_state=seed)
    model: Any = make_pipeline(inputs, network)
    begun = process_time()
    model.fit(known, parts.known if of_numbers else parts.known.astype(np.int64))
    seconds = process_time() - begun
    if of_numbers:
        return np.asarray(model.predict(judging), np.float64)[:, None], seconds
    return np.asarray(model.predict_proba(judging), np.float64), seconds


def _frame(mixed: Mixed, rows: Typed) -> Any:
    import pandas as pd

    made = {}
    for column, values in zip(mixed.columns, rows.columns, strict=True):
        words = np.array([*column.words, "missing"], object)
        made[column.name] = pd.Series(words[values] if column.kind == "category" else values)
    return pd.DataFrame(made)


def measured(name: str) -> dict[str, Any]:
    """The scores of a table by model, the first of its task and the second, for every seed."""
    table = table_of(name)
    network(table, seed=1000)  # compiles what is not kept from an earlier run
    found: dict[str, Any] = {"task": table.target.task, "rows": table.count, "columns": len(table.used)}
    for seed in SEEDS:
        parts, own, seconds = network(table, seed)
        begun = process_time()
        trees = boosted(parts, seed)
        tree_seconds = process_time() - begun
        other, other_seconds = perceptron(parts, seed)
        models = {
            "network": (own, seconds), "perceptron": (other, other_seconds), "boosting": (trees, tree_seconds),
            "linear": (linear(parts).answers, 0.0),
        }
        for model, (given, took) in models.items():
            score = scores(parts.task, parts.truth, given)
            found.setdefault(model, []).append({**score, "seconds": round(took, 3)})
    return found


def rows() -> list[str]:
    """The kept results as rows of Markdown: the mean over the splits, and how often the network won, tied, lost."""
    found = json.loads(RESULTS.read_text())["tables"]
    lines = []
    for name in [*FILES, *INSIDE]:
        table = found[name]
        score = "r2" if table["task"] == "numbers" else "accuracy"
        models = ("network", "perceptron", "boosting", "linear")
        means = [f"{np.mean([row[score] for row in table[model]]):.4f}" for model in models]
        beside = []
        for model in ("perceptron", "boosting"):
            pairs = zip(table["network"], table[model], strict=True)
            signs = [sign(one[score] - two[score]) for one, two in pairs]
            beside.append("–".join(str(signs.count(way)) for way in (1, 0, -1)))
        seconds = [f"{np.mean([row['seconds'] for row in table[model]]):.2f}" for model in models[:3]]
        lines.append(f"| {' | '.join([name, format(table['rows'], ','), *means, *beside, *seconds])} |")
    return lines


def sign(gain: float) -> int:
    """Whether a score is above another, below it, or the same but for rounding."""
    return 0 if abs(gain) < 1e-9 else 1 if gain > 0 else -1


def main(names: list[str]) -> None:
    """Measure tables, print them, and keep the results."""
    results = json.loads(RESULTS.read_text())["tables"] if RESULTS.exists() else {}
    for name in names or [*FILES, *INSIDE]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scikit-learn's MLP says that it could have gone on
            results[name] = found = measured(name)
        main_score = "r2" if found["task"] == "numbers" else "accuracy"
        for model in ("network", "perceptron", "boosting", "linear"):
            rows = found[model]
            means = [float(np.mean([row[key] for row in rows])) for key in (main_score, "seconds")]
            print(f"{name:20s} {model:12s} {main_score} {means[0]:.4f}  {means[1]:.2f} s", flush=True)
        RESULTS.write_text(json.dumps({"kind": "tables", "tables": results}, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--rows"]:
        print("\n".join(rows()))
    else:
        main(sys.argv[1:])
