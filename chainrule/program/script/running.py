"""The numbers of a script, and its loop over epochs."""

from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.language import say
from chainrule.program.script.composing import Composed
from chainrule.program.script.layout import WIDE, quoted, wrapped
from chainrule.program.script.numbers import Array, array_text
from chainrule.program.script.rates import rates_text
from chainrule.program.script.searching import memory_text


class Running:
    """What a script does with its functions.

    Args:
        made: the parts of the script.
        lang: of its words.
        beside: name of the file for large arrays; "" for none.

    Attributes:
        arrays: what lies in that file.
    """

    def __init__(self, made: Composed, lang: str, beside: str) -> None:
        self.made, self.training, self.lang, self.beside = made, made.training, lang, beside
        self.arrays: dict[str, Array] = {}

    def say(self, key: str, **values: object) -> str:
        """Words in the language of the script."""
        return say(key, self.lang, **values)

    def _array(self, key: str, array: Array) -> str:
        text = array_text(array)
        if not self.beside or not text.startswith("array("):
            return text
        self.arrays[key] = array
        return f'data["{key}"]'

    def numbers(self) -> list[str]:
        made, training = self.made, self.training
        found = [f"# {self.say('script.constants')}"]
        if self.beside:
            found.append(f'data = np.load(os.path.join(os.path.dirname(os.path.abspath(__file__)), "{self.beside}"))')
        found += together(made.constants)
        for name, array in zip(list(made.inputs.values())[: len(training.inputs)], training.inputs, strict=True):
            found.append(f"{name} = {self._array(name, array)}  # {array.shape}")
        found.append(f"y = {self._array('y', training.targets)}  # {training.targets.shape}")
        if training.weights is not None:
            found.append(f"row_weights = {self._array('row_weights', training.weights)}")
        if self._counts() == "counts" and training.counts is not None:
            found.append(f"counts = {self._array('counts', training.counts)}")
        stores = made.stores.first
        for key, array in stores.get("", {}).items():
            found.append(f"{key} = {self._array(key, array)}")
        for store, arrays in stores.items():
            if not arrays or store == "":
                continue
            moments = store not in ("weights", "running", "clock", "unused") and set(arrays) == set(stores["weights"])
            if moments and not any(array.any() for array in arrays.values()):
                found.append(f"{store} = {{name: np.zeros_like(w) for name, w in weights.items()}}")
                continue
            pairs = ", ".join(f'"{key}": {self._array(store + "." + key, array)}' for key, array in arrays.items())
            if len(store) + len(pairs) + 5 <= WIDE:
                found.append(f"{store} = {{{pairs}}}")
                continue
            rows = [f'    "{key}": {self._array(store + "." + key, array)},' for key, array in arrays.items()]
            found += [f"{store} = {{", *rows[:-1], f"{rows[-1][:-1]}}}"]
        if training.search is not None:
            found += wrapped(f"memory = {memory_text(training.search, self._array)}", 0)
        return found

    def loop(self) -> list[str]:
        made, training = self.made, self.training
        names, size, n = list(made.inputs.values()), training.batch_size, training.rows
        alone = size >= n
        stepwise = bool(made.moving) and training.by_step
        found = [f"epochs, begin, step, history = {training.epochs}, {training.epoch}, 0, []"]
        if not stepwise:
            found = [f"epochs, begin, history = {training.epochs}, {training.epoch}, []"]
        marks = [str(place + 1) if place else "" for place in range(len(training.movers))]
        moving = [] if training.movers else list(made.moving)
        found += [f"{name}_of = {rates_text(training.rates[made.moving[name]])}" for name in moving]
        if training.movers:
            found += [f"{name} = {training.rates[full][0]!r}" for name, full in made.moving.items()]
        for mover, mark in zip(training.movers, marks, strict=True):
            found += mover.before(list(made.moving), mark)
        found.append("for epoch in range(begin, begin + epochs):")
        pad = " " * (4 if alone else 8)
        if not alone:
            joined = training.has_tail and training.other is not None and training.other.rows > size
            found += [
                f"    stream = np.random.Philox(key=[{training.seed}, {training.stream}], counter=[0, epoch, 0, 0])",
                f'    order = np.argsort(stream.random_raw({n}), kind="stable")  # {self.say("script.order")}',
                "    total = size = 0.0",
                f"    for start in range(0, {n - joined}, {size}):",
                f"        rows = order[start:start + {size}" + (f" + (start + {size} == {n - 1})]" if joined else "]"),
            ]
        batch = ", ".join(names if alone else [f"{name}[rows]" for name in names])
        place = "step" if training.by_step else "epoch - begin"
        if moving:
            found.append(f"{pad}{', '.join(moving)} = {', '.join(f'{name}_of[{place}]' for name in moving)}")
        found += [f"{pad}{line}" for line in self._step(batch)]
        found += [f"{pad}step += 1"] if stepwise else []
        found += self._epoch_loss(alone)
        found += [
            "    if epochs <= 10 or epoch == begin or (epoch + 1 - begin) % (epochs // 10) == 0:",
            f'        print(f"{self.say("script.line")}")',
        ]
        for mover, mark in zip(training.movers, marks, strict=True):
            found += [f"    {line}" for line in mover.after(list(made.moving), mark)]
        pairs = ", ".join(f"{quoted(name)}: {text}" for name, text in made.stores.saved.items())
        saved = wrapped(f'np.savez("weights.npz", **{{{pairs}}})', 0)
        return [*found, *saved]

    def _step(self, batch: str) -> list[str]:
        """One step of the training."""
        made, training = self.made, self.training
        moving = "".join(f", {name}" for name in made.moving)
        if training.search is not None:
            return [f"loss = update({batch}{moving})"]
        functions, found = ["forward", "backward"], []
        if made.last is not None and training.other is not None:
            found.append(f"last = len(rows) == {training.other.rows}  # {self.say('script.last')}")
            functions = [f"({name}_last if last else {name})" for name in functions]
        return [
            *found, f"loss, cache = {functions[0]}({batch})", f"gradients = {functions[1]}({batch}, cache)",
            f"update(gradients{moving})",
        ]

    def _counts(self) -> str:
        """The array of what each row counts in the mean over an epoch."""
        counts, weights = self.training.counts, self.training.weights
        if counts is None or self.training.sums:
            return ""
        same = weights is not None and weights.dtype == counts.dtype and np.array_equal(weights, counts)
        return "row_weights" if same else "counts"

    def _epoch_loss(self, alone: bool) -> list[str]:
        training = self.training
        counts = self._counts()
        if training.sums:
            return ["    history.append(float(loss))"] if alone else [
                "        total += float(loss)", "    history.append(total)",
            ]
        weight = "len(rows)" if not alone else str(training.rows)
        if counts:
            weight = f"{counts}.sum()" if alone else f"{counts}[rows].sum()"
        if alone:
            plain = not counts and training.rows & (training.rows - 1) == 0  # a power of two leaves no trace
            value = "loss" if plain else f"loss * {weight} / {weight}"
            return [f"    history.append(float({value}))"]
        return [
            f"        total, size = total + loss * {weight}, size + {weight}",
            "    history.append(float(total / size))",
        ]


def together(numbers: Mapping[str, float]) -> list[str]:
    """Named numbers, several a line."""
    found: list[str] = []
    names = list(numbers)
    while names:
        count = next(n for n in range(len(names), 0, -1) if n == 1 or len(_line(numbers, names[:n])) <= WIDE)
        found.append(_line(numbers, names[:count]))
        names = names[count:]
    return found


def _line(numbers: Mapping[str, float], names: Sequence[str]) -> str:
    return f"{', '.join(names)} = {', '.join(repr(numbers[name]) for name in names)}"
