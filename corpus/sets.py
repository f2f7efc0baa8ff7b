"""Data sets, each of one part: rows to learn from, drawn anew for every case, and clean rows to judge by.

Sets that were sealed once were opened and read: they serve to set limits now, and others are sealed in their place.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

import chainrule as cr
from corpus import classes, numbers
from corpus.samples import Draw, drawn, shipped
from corpus.setup import Rows, Setup, Task

Part = Literal["development", "sealed"]


@dataclass(frozen=True)
class Set:
    """A data set.

    Attributes:
        name: of it.
        part: to which it belongs.
        task: what its targets are.
        draw: rows to learn from, and to judge by.
        epochs: that suit it.
        tiny: whether it is a truth table.
    """

    name: str
    part: Part
    task: Task
    draw: Draw
    epochs: tuple[int, int] = (40, 120)
    tiny: bool = False

    def setup(self, rng: np.random.Generator) -> Setup:
        """A training of these rows with nothing chosen yet; columns are scaled by the rows to learn from."""
        rows, test = self.draw(rng)
        if not self.tiny:
            rows, test = scaled(rows, test, self.task)
        outputs = 1 if self.task != "classes" else int(rows[1].max()) + 1
        return Setup(rows, test, self.task, outputs, data=self.name, epochs=int(rng.integers(*self.epochs)))


def scaled(rows: Rows, test: Rows, task: Task) -> tuple[Rows, Rows]:
    """Columns of mean 0 and deviation 1, and of numbers to predict too, by the rows to learn from."""
    (X, y), (Xt, yt) = rows, test
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    if task == "numbers":
        middle, spread = y.mean(axis=0), y.std(axis=0)
        y, yt = (y - middle) / spread, (yt - middle) / spread
    return ((X - mean) / deviation, y), ((Xt - mean) / deviation, yt)


SETS = (
    Set("xor", "development", "binary", classes.truths(2, classes.parity), (800, 2000), tiny=True),
    Set("clusters", "development", "binary", drawn(classes.clouds, 150, 300)),
    Set("moons", "development", "binary", drawn(cr.data.moons, 250, 500, noise=(0.08, 0.2))),
    Set("blobs", "development", "classes", drawn(classes.groups, 200, 400, spread=(0.6, 1.1))),
    Set("bars", "development", "classes", classes.bars, (30, 60)),
    Set("iris", "development", "classes", shipped(cr.data.iris), (100, 200)),
    Set("breast_cancer", "development", "binary", shipped(cr.data.breast_cancer), (30, 60)),
    Set("rare", "development", "binary", classes.rare),
    Set("sine", "development", "numbers", drawn(cr.data.sine, 200, 400, noise=(0.05, 0.15)), (100, 200)),
    Set("friedman", "development", "numbers", drawn(cr.data.friedman, 300, 500, noise=(0.3, 1.0)), (80, 150)),
    Set("parity", "development", "binary", classes.truths(3, classes.parity), (1000, 2500), tiny=True),
    Set("circles", "development", "binary", drawn(cr.data.circles, 250, 500, noise=(0.05, 0.12))),
    Set("spirals", "development", "binary", drawn(cr.data.spirals, 300, 500, noise=(0.02, 0.08)), (150, 300)),
    Set("checkerboard", "development", "binary", drawn(cr.data.checkerboard, 600, 900), (200, 400)),
    Set("rings", "development", "classes", classes.rings),
    Set("wine", "development", "classes", shipped(cr.data.wine), (60, 120)),
    Set("digits", "development", "classes", shipped(cr.data.digits), (15, 30)),
    Set("table", "development", "classes", classes.table),
    Set("diabetes", "development", "numbers", shipped(cr.data.diabetes), (20, 40)),
    Set("houses", "development", "numbers", drawn(cr.data.houses, 400, 700, noise=(0.02, 0.08)), (60, 120)),
    Set("bumps", "development", "numbers", numbers.bumps, (100, 200)),
    Set("step", "development", "numbers", drawn(cr.data.step, 200, 400, noise=(0.03, 0.1)), (100, 200)),
    Set("majority", "sealed", "binary", classes.truths(3, classes.majority), (600, 1500), tiny=True),
    Set("multiplexer", "sealed", "binary", classes.truths(3, classes.multiplexer), (1000, 2500), tiny=True),
    Set("twonorm", "sealed", "binary", classes.twonorm, (15, 30)),
    Set("shell", "sealed", "binary", classes.shell, (80, 160)),
    Set("signs", "sealed", "binary", classes.signs, (40, 80)),
    Set("bands", "sealed", "binary", classes.bands, (200, 400)),
    Set("photos", "sealed", "binary", classes.photos, (30, 60)),
    Set("pinwheel", "sealed", "classes", classes.pinwheel, (60, 120)),
    Set("waveform", "sealed", "classes", classes.waveform, (15, 30)),
    Set("spectra", "sealed", "classes", classes.spectra, (40, 80)),
    Set("stamps", "sealed", "classes", classes.stamps, (40, 80)),
    Set("arm", "sealed", "numbers", numbers.arm, (80, 160)),
    Set("impedance", "sealed", "numbers", numbers.impedance, (60, 120)),
    Set("swing", "sealed", "numbers", numbers.swing, (150, 300)),
    Set("heating", "sealed", "numbers", numbers.heating, (50, 100)),
)


def of_part(part: Part) -> list[Set]:
    """The data sets of a part."""
    return [one for one in SETS if one.part == part]
