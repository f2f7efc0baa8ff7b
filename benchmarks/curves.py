"""How the cost of a step grows with width, batch and depth, for us and for the peers, as numbers and as pictures."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import machine, report, results, training
from benchmarks.jax_layers import mlp
from benchmarks.race import Pace, run
from benchmarks.recipe import Recipe, Rows, dense_work

ROUNDS, BEHIND = 7, 1.1
INPUTS, CLASSES = 64, 10
MOST = 1e10  # multiply-adds of the different batches together


@dataclass(frozen=True)
class Curve:
    """One size that grows while the others stay.

    Args:
        name: `"width"`, `"batch"` or `"depth"`.
        words: what stays.
        points: from small to large.
        sizes: of a point, gives width, rows and hidden layers.
    """

    name: str
    words: str
    points: tuple[int, ...]
    sizes: Callable[[int], tuple[int, int, int]]


CURVES = (
    Curve("width", "64 inputs, 2 hidden layers, batch 64", tuple(2**n for n in range(2, 13)), lambda n: (n, 64, 2)),
    Curve("batch", "64 inputs, 2 hidden layers of 64", tuple(2**n for n in range(13)), lambda n: (64, n, 2)),
    Curve("depth", "64 inputs, hidden layers of 64, batch 32", tuple(2**n for n in range(7)), lambda n: (64, 32, n)),
)


def network(width: int, depth: int, library: Any) -> Any:
    """Weights large enough that signals live through 64 layers."""
    nn = library.nn
    layers = [nn.Linear(INPUTS, width), nn.ReLU()]
    for _ in range(depth - 1):
        layers += [nn.Linear(width, width), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(width, CLASSES))
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return model


def rows(count: int) -> Rows:
    """Numbers of both signs and a class, by chance alone."""
    import numpy as np

    random = np.random.default_rng(0)
    return random.normal(size=(count, INPUTS)).astype(np.float32), random.integers(0, CLASSES, count)


def recipe(width: int, batch: int, depth: int) -> Recipe:
    """ReLU layers, cross-entropy, Adam; fewer different batches where they, or the network, are large."""
    work = dense_work((INPUTS, *(width,) * depth, CLASSES), batch)
    return Recipe(
        model=partial(network, width, depth), loss="cross_entropy", rule="Adam", options={"lr": 1e-4}, data=rows,
        batch_size=batch, batches=max(4, min(100, 8192 // batch, round(MOST / work))),
        jax=mlp(tuple(str(2 * number) for number in range(depth + 1))), most=1000,
        multiply_adds=work,
    )


def point(curve: Curve, at: int, pace: Pace) -> dict[str, Any]:
    """One race at one size; PyTorch is not compiled here, which takes a quarter of a minute a point."""
    entered = training.race(
        curve.name, f"{curve.name} {at}", recipe(*curve.sizes(at)), goals=(), torch_compile=False
    )
    row = report.data(entered, run(entered, ROUNDS, pace))
    first, *others = row["contestants"]
    peers = [entry for entry in others if not entry["name"].startswith("chainrule")]
    best = min(peers, key=lambda entry: float(entry["ratio"]), default=None)
    return {
        "at": at,
        "ours": first["median"],
        "floor": row["floor"]["seconds"],
        "medians": {entry["name"]: entry["median"] for entry in row["contestants"]},
        "best peer": best["name"] if best else None,
        "ratio": best["ratio"] if best else None,
        "losses agree": row["losses agree"],
        "missing": row["missing"],
    }


def line(made: dict[str, Any]) -> str:
    """One point in words."""
    said = f"{made['best peer']} takes {made['ratio']:.2f}x as long" if made["best peer"] else "no peer"
    behind = ", BEHIND" if made["ratio"] is not None and made["ratio"] * BEHIND < 1 else ""
    wrong = "" if made["losses agree"] else ", LOSSES DO NOT AGREE"
    return f"{made['at']:>6}  {report.duration(made['ours']):>9}  {said}{behind}{wrong}"


def draw(name: str, words: str, points: list[dict[str, Any]], path: Path) -> Path:
    """Time a step against one size, both on logarithmic scales.

    Args:
        name: of the size.
        words: what stays.
        points: what was measured.
        path: of the picture.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    names = list(dict.fromkeys(each for made in points for each in made["medians"]))
    colours = {"chainrule": "#0072b2", "PyTorch": "#d55e00", "JAX": "#009e73"}
    styles: dict[str, int] = {}
    for each in names:
        library = each.replace(",", " ").split()[0]
        style = ("-", "--", ":", "-.")[styles.setdefault(library, 0) % 4]
        styles[library] += 1
        drawn = [(made["at"], made["medians"][each] * 1e6) for made in points if each in made["medians"]]
        x, y = zip(*drawn, strict=True)
        wide = 2.4 if each == names[0] else 1.4
        axes.plot(x, y, style, color=colours.get(library, "grey"), linewidth=wide, marker=".", label=each)
    axes.plot(
        [made["at"] for made in points], [made["floor"] * 1e6 for made in points], color="0.6", linewidth=1,
        label="floor (arithmetic or bytes)",
    )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks([made["at"] for made in points], [f"{made['at']:,}" for made in points])
    axes.set_xlabel(name)
    axes.set_ylabel("µs a step")
    axes.set_title(f"Time a training step against {name} ({words})", fontsize=11)
    axes.grid(color="0.9", which="major")
    axes.legend(fontsize=8, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    return path


def main(folder: Path | None, *, quick: bool, as_json: bool) -> int:
    """Run all curves; write `curves.json` and a picture of each."""
    about = machine.describe()
    pace = Pace(seconds=0.01, batches=4) if quick else Pace(seconds=0.1)
    found: dict[str, Any] = {}
    for curve in CURVES:
        if not as_json:
            print(f"{curve.name}  ({curve.words})", flush=True)
        points = []
        for at in curve.points[:: 4 if quick else 1]:
            points.append(point(curve, at, pace))
            if not as_json:
                print(line(points[-1]), flush=True)
        found[curve.name] = {"words": curve.words, "points": points}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            draw(curve.name, curve.words, points, folder / f"curve_{curve.name}.png")
            results.write(folder, "curves", "curves", about, found)
    if as_json:
        print(json.dumps({"machine": about, "curves": found}, indent=1))
    return 0
