"""The text of a script: its functions, its numbers, its loop over epochs."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from chainrule.language import say
from chainrule.program.script.composing import Composed, uses_rows
from chainrule.program.script.draft import Line
from chainrule.program.script.mathematics import mathematics, sign
from chainrule.program.script.naming import kind_of, root_of
from chainrule.program.script.numbers import READER, Array, array_text
from chainrule.program.script.training import Training
from chainrule.program.script.updating import Loop, Step

WIDE = 120
THREADS = '("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")'


def page(training: Training, lang: str, beside: str = "") -> tuple[str, dict[str, Array]]:
    """The script of a training, and the arrays that lie beside it.

    Args:
        training: as plain data.
        lang: of its words, `"en"` or `"zh"`.
        beside: name of the file for large arrays; "" writes them into the text.
    """
    made = _Page(Composed(training), lang, beside)
    return "\n".join(made.lines()) + "\n", made.arrays


def unparsed(expression: ast.expr) -> str:
    """The text of an expression, words in double quotes."""
    return re.sub(r"'([^'\"\\\\]*)'", r'"\1"', ast.unparse(expression))


class _Page:
    def __init__(self, made: Composed, lang: str, beside: str) -> None:
        self.made, self.training, self.lang, self.beside = made, made.training, lang, beside
        self.arrays: dict[str, Array] = {}

    def say(self, key: str, **values: object) -> str:
        return say(f"script.{key}", self.lang, **values)

    def lines(self) -> list[str]:
        """The whole program."""
        training = self.training
        numbers = self._numbers()
        encoded = any('array("' in line.replace("np.array(", "") for line in numbers)
        found = [
            f'"""{self.say("title", network=training.network, loss=training.loss)}', "", f'{self.say("about")}"""',
            *(["import base64"] if encoded else []), "import os", "",
            f"os.environ.update(dict.fromkeys({THREADS}, \"1\"))  # {self.say('threads')}",
            "import numpy as np  # noqa: E402",
        ]
        if encoded:
            found += ["", "", *READER.rstrip().splitlines()]
        preambles = dict.fromkeys([*self.made.preambles, *(self.made.last.preambles if self.made.last else ())])
        for text in preambles:
            found += ["", "", *_shortened(text.rstrip(), self._kind()).splitlines()]
        found += ["", "", *self._forward(), "", "", *self._backward(), "", ""]
        if self.made.last is not None:
            other = _Page(self.made.last, self.lang, self.beside)
            found += [*other._forward("_last"), "", "", *other._backward("_last"), "", ""]
        return [*found, *self._update(), "", "", *numbers, *self._loop()]

    def _kind(self) -> str:
        return next((value.dtype for value in self.made.program.values if value.dtype.startswith("float")), "float64")

    # --- functions ----------------------------------------------------------------------------------------------

    def _statement(self, target: str, expression: ast.expr, indent: int = 4, note: str = "") -> list[str]:
        text = f"{' ' * indent}{target} = {unparsed(expression)}"
        named = partial(sign, gradients=self.made.naming.slopes)
        formula = mathematics(expression, named)
        known = f"{named(target)} = {formula}" if target.isidentifier() else formula
        comment = f"# {known}{note}"
        for words in (comment, f"# {known}"):
            if len(text) + len(words) + 2 <= WIDE:
                return [f"{text}  {words}"]
        return [f"{' ' * indent}{comment}", text]

    def _shape(self, value: int) -> str:
        known = self.made.program.values[value]
        if not known.shape or known.dtype == "weak":
            return ""
        axes = self.made.draft.views.get(value)
        shape = known.shape
        if axes is not None and axes[0] == value:
            stored = [0] * len(shape)
            for place, axis in enumerate(axes[1]):
                stored[axis] = shape[place]
            shape = tuple(stored)
        first = "m" if shape[0] == self.training.full.rows and known.rows == 0 else str(shape[0])
        rest = [str(n) for n in shape[1:]]
        return f"  ({', '.join([first, *rest])}{',' if not rest else ''})"

    def _body(self, lines: Sequence[Line]) -> list[str]:
        made, found = self.made, []
        last: object = None
        for line in lines:
            root = root_of(made.program, line.region)
            region = None if root is None else made.program.regions[root]
            forward = region.backward_of if region is not None and region.backward_of is not None else root
            heading = [] if region is None else self._heading(forward)
            if heading and heading != last:
                last = heading
                found += heading
            if line.body is not None:
                found += self._scan(line)
                continue
            for out in line.outs:
                expression = made.named(line.expression)
                if out in made.written and not self._is_read(out):
                    target = unparsed(made.stores.node(made.written[out]))
                    found += self._statement(target, expression)
                else:
                    found += self._statement(made.naming.names[out], expression, note=self._shape(out))
                    if out in made.written:
                        target = unparsed(made.stores.node(made.written[out]))
                        found.append(f"    {target} = {made.naming.names[out]}")
        return found

    def _scan(self, line: Line) -> list[str]:
        """A loop over steps in time."""
        made, body = self.made, line.body
        assert body is not None
        static = dict(made.program.entries[line.number].static)
        count, given = static["states"], made.named(line.expression)
        assert isinstance(given, ast.Call)
        _, _, _, *groups = given.args
        states, sequences, constants = (list(group.elts) for group in groups if isinstance(group, ast.Tuple))
        names = [made.naming.names[out] for out in line.outs]
        carried, stacked = names[:count], names[count:]
        found = [f"    {name} = {unparsed(state)}" for name, state in zip(carried, states, strict=True)]
        for place, sequence in enumerate(sequences):
            if not isinstance(sequence, ast.Name):
                name = made.naming.give(-line.number * 100 - place - 1, "steps")
                found += self._statement(name, sequence)
                sequences[place] = ast.Name(name)
        everyone = (*made.forward, *made.backward)
        read = [any(out in other.needs for other in everyone) or out in made.cache for out in line.outs[count:]]
        wanted = [name for name, needed in zip(stacked, read, strict=True) if needed]
        kept = made.naming.give(-line.number - 1, "kept") if wanted else ""
        found += [f"    {kept} = []"] if wanted else []
        steps = f"range({static['steps']})"
        found.append(f"    for t in {f'reversed({steps})' if static['reverse'] else steps}:  # {self.say('steps')}")
        at = ast.Name("t")
        inputs: list[ast.expr] = [ast.Name(name) for name in carried]
        inputs += [ast.Subscript(sequence, at) for sequence in sequences]
        more = dict(zip(body.program.inputs, [*inputs, *constants], strict=True))
        for inner in made.inside(line):
            found += self._statement(made.naming.names[inner.outs[0]], made.named(inner.expression, more), 8)
        known = replace(body, program=made.program)
        ends = [unparsed(made.named(known.node(out), more)) for out in body.program.outputs]
        given_back = [end for end, needed in zip(ends[count:], read, strict=True) if needed]
        if wanted:
            comma = "," if len(wanted) == 1 else ""
            found += _wrapped(f"        {kept}.append(({', '.join(given_back)}{comma}))", 8)
        found.append(f"        {', '.join(carried)} = {', '.join(ends[:count])}")
        if wanted:
            back = "[::-1]" if static["reverse"] else ""
            found += _unpacked(wanted, f"map(np.stack, zip(*{kept}{back}))")
        return found

    def _is_read(self, value: int) -> bool:
        return any(value in line.needs for line in (*self.made.forward, *self.made.backward))

    def _heading(self, region: int | None) -> list[str]:
        if region is None:
            return []
        known = self.made.program.regions[region]
        words = self.training.modules.get(known.module, "")
        words = "" if "\n" in words else words
        return [f"    # {words or known.name}"]

    def _weights(self, lines: Sequence[Line]) -> list[str]:
        names = [key for key in self.made.stores.first["weights"]]
        used = {n.id for line in lines for n in ast.walk(self.made.named(line.expression)) if isinstance(n, ast.Name)}
        read = [name for name in names if name in used]
        if not read:
            return []
        if read == names and len(names) > 1:
            return _unpacked(names, "weights.values()")
        if len(read) <= 4:
            return [f"    {', '.join(read)} = " + ", ".join(f'weights["{name}"]' for name in read)]
        keys = ", ".join(_quoted(name) for name in read)
        return [*_unpacked(read, "("), *_wrapped(f"        weights[name] for name in ({keys})", 8), "    )"]

    def _arguments(self) -> str:
        return ", ".join(self.made.inputs.values())

    def _forward(self, end: str = "") -> list[str]:
        made = self.made
        cache = [made.naming.names[v] for v in made.cache]
        found = [f"def forward{end}({self._arguments()}):", f'    """{self.say("forward")}"""']
        if uses_rows(made.forward):
            found.append(f"    m = len({next(iter(made.inputs.values()))})  # {self.say('rows')}")
        found += self._weights(made.forward) + self._body(made.forward)
        return found + _wrapped(f"    return loss, ({', '.join(cache)}{',' if len(cache) == 1 else ''})", 4)

    def _backward(self, end: str = "") -> list[str]:
        made = self.made
        cache = [made.naming.names[v] for v in made.cache]
        found = [f"def backward{end}({self._arguments()}, cache):", f'    """{self.say("backward")}"""']
        if uses_rows(made.backward):
            found.append(f"    m = len({next(iter(made.inputs.values()))})")
        found += self._weights(made.backward)
        if cache:
            found += _unpacked(cache, "cache")
        found += self._body(made.backward)
        pairs = [f'"{key}": {unparsed(made.named(node))}' for key, node in made.returned.items()]
        return found + _wrapped(f"    return {{{', '.join(pairs)}}}", 4)

    def _update(self) -> list[str]:
        moving = "".join(f", {name}" for name in self.made.moving)
        found = [f"def update(gradients{moving}):", f'    """{self.say("update", optimizer=self.training.optimizer)}"""']
        for block in self.made.update:
            if isinstance(block, Loop):
                found += self._loop_over(block)
            else:
                for step in block:
                    found += self._step(step, 4)
        return found

    def _loop_over(self, loop: Loop) -> list[str]:
        found = [f"    {step.target} = {unparsed(step.expression)}" for step in loop.before]
        everything = loop.names == list(self.made.returned)
        opened = [(name, text) for name, text in loop.opened if not (everything and text == "gradients[name]")]
        if everything:
            found.append("    for name, g in gradients.items():")
        else:
            names = ", ".join(f'"{name}"' for name in loop.names)
            found += _wrapped(f"    for name in ({names}{',' if len(loop.names) == 1 else ''}):", 4)
        if opened:
            found.append(
                f"        {', '.join(name for name, _ in opened)} = {', '.join(text for _, text in opened)}"
            )
        for step in loop.steps:
            found += self._step(step, 8)
        if loop.closed:
            targets, values = zip(*loop.closed, strict=True)
            found.append(f"        {', '.join(targets)} = {', '.join(values)}")
        return found

    def _step(self, step: Step, indent: int) -> list[str]:
        if unparsed(step.expression) == step.target:
            return []
        if isinstance(step.expression, ast.Name | ast.Tuple):
            target, text = step.target.replace("'", '"'), unparsed(step.expression)
            return [f"{' ' * indent}{target} = {text.strip('()')}"]
        return self._statement(step.target, step.expression, indent)

    # --- numbers ------------------------------------------------------------------------------------------------

    def _array(self, key: str, array: Array) -> str:
        text = array_text(array)
        if not self.beside or not text.startswith("array("):
            return text
        self.arrays[key] = array
        return f'data["{key}"]'

    def _numbers(self) -> list[str]:
        made, training = self.made, self.training
        found = [f"# {self.say('constants')}"]
        if self.beside:
            found.append(f'data = np.load(os.path.join(os.path.dirname(os.path.abspath(__file__)), "{self.beside}"))')
        found += _together(made.constants)
        for name, array in zip(list(made.inputs.values())[: len(training.inputs)], training.inputs, strict=True):
            found.append(f"{name} = {self._array(name, array)}  # {array.shape}")
        found.append(f"y = {self._array('y', training.targets)}  # {training.targets.shape}")
        if training.weights is not None:
            found.append(f"row_weights = {self._array('row_weights', training.weights)}")
        if self._counts() == "counts":
            found.append(f"counts = {self._array('counts', training.counts)}")
        stores = made.stores.first
        for key, array in stores.get("", {}).items():
            found.append(f"{key} = {self._array(key, array)}")
        for store, arrays in stores.items():
            if not arrays or store == "":
                continue
            if store not in ("weights", "running", "clock", "unused"):
                if all(not array.any() for array in arrays.values()) and set(arrays) == set(stores["weights"]):
                    found.append(f"{store} = {{name: np.zeros_like(w) for name, w in weights.items()}}")
                    continue
            pairs = ", ".join(f'"{key}": {self._array(store + "." + key, array)}' for key, array in arrays.items())
            if len(store) + len(pairs) + 5 <= WIDE:
                found.append(f"{store} = {{{pairs}}}")
                continue
            found.append(f"{store} = {{")
            found += [f'    "{key}": {self._array(store + "." + key, array)},' for key, array in arrays.items()]
            found.append("}")
        return found

    def _loop(self) -> list[str]:
        made, training = self.made, self.training
        names, size, n = list(made.inputs.values()), training.batch_size, training.rows
        alone = size >= n
        stepwise = bool(made.moving) and training.by_step
        found = [f"epochs, begin, step, history = {training.epochs}, {training.epoch}, 0, []"]
        if not stepwise:
            found = [f"epochs, begin, history = {training.epochs}, {training.epoch}, []"]
        found += [f"{name}_of = {rates_text(training.rates[full])}" for name, full in made.moving.items()]
        found.append("for epoch in range(begin, begin + epochs):")
        pad = " " * (4 if alone else 8)
        if not alone:
            joined = training.has_tail and training.other is not None and training.other.rows > size
            found += [
                f"    words = np.random.Philox(key=[{training.seed}, {training.stream}], counter=[0, epoch, 0, 0])"
                f".random_raw({n})",
                f'    order = np.argsort(words, kind="stable")  # {self.say("order")}',
                "    total = size = 0.0",
                f"    for start in range(0, {n - joined}, {size}):",
                f"        rows = order[start:start + {size}" + (f" + (start + {size} == {n - 1})]" if joined else "]"),
            ]
        batch = ", ".join(names if alone else [f"{name}[rows]" for name in names])
        place = "step" if training.by_step else "epoch - begin"
        found += [f"{pad}{name} = {name}_of[{place}]" for name in made.moving]
        functions = ["forward", "backward"]
        if made.last is not None and training.other is not None:
            found.append(f"{pad}last = len(rows) == {training.other.rows}  # {self.say('last')}")
            functions = [f"({name}_last if last else {name})" for name in functions]
        found += [
            f"{pad}loss, cache = {functions[0]}({batch})", f"{pad}gradients = {functions[1]}({batch}, cache)",
            f"{pad}update(gradients{''.join(f', {name}' for name in made.moving)})",
        ]
        found += [f"{pad}step += 1"] if stepwise else []
        found += self._epoch_loss(alone)
        found += [
            "    if epochs <= 10 or epoch == begin or (epoch + 1 - begin) % (epochs // 10) == 0:",
            f'        print(f"{self.say("line")}")',
        ]
        pairs = ", ".join(f"{_quoted(name)}: {text}" for name, text in made.stores.saved.items())
        saved = _wrapped(f'np.savez("weights.npz", **{{{pairs}}})', 0)
        return [*found, *saved]

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
            return [f"    history.append(float(loss * {weight} / {weight}))"]
        return [
            f"        total, size = total + loss * {weight}, size + {weight}", "    history.append(float(total / size))",
        ]


def rates_text(rates: Sequence[float]) -> str:
    """The rates of a schedule, equal neighbours together."""
    runs: list[tuple[float, int]] = []
    for rate in rates:
        if runs and runs[-1][0] == rate:
            runs[-1] = rate, runs[-1][1] + 1
        else:
            runs.append((rate, 1))
    if len(runs) > len(rates) // 2:
        return repr(list(rates))
    return " + ".join(f"[{rate!r}] * {count}" if count > 1 else f"[{rate!r}]" for rate, count in runs)


def _shortened(text: str, kind: str) -> str:
    """A named function; of a long one only what numbers of this kind need."""
    if text.count("\n") < 20:
        return text
    tree = ast.parse(text)
    for function in tree.body:
        assert isinstance(function, ast.FunctionDef)
        if kind == "float64":
            function.body = [node for node in function.body if "float32" not in ast.unparse(node).partition(":")[0]]
    lines = ast.unparse(tree).splitlines()
    return "\n".join(line for line in lines if line.strip())


def _together(numbers: Mapping[str, float]) -> list[str]:
    """Named numbers, several a line."""
    found = []
    names = list(numbers)
    for start in range(0, len(names), 4):
        few = names[start : start + 4]
        found.append(f"{', '.join(few)} = {', '.join(repr(numbers[name]) for name in few)}")
    return found


def _unpacked(names: Sequence[str], source: str) -> list[str]:
    """Names that take the parts of something."""
    comma = "," if len(names) == 1 else ""
    text = f"    {', '.join(names)}{comma} = {source}"
    return [text] if len(text) <= WIDE else _wrapped(f"    ({', '.join(names)}{comma}) = {source}", 4)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _wrapped(text: str, indent: int) -> list[str]:
    """A long list in several lines, in brackets that are there."""
    if len(text) <= WIDE:
        return [text]
    words = text.strip().split(", ")
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > WIDE - indent - 6:
            lines.append("")
        lines[-1] += word + ", "
    lines[-1] = lines[-1][:-2]
    body = [f"{' ' * (indent + 4 * (place > 0))}{line.rstrip()}" for place, line in enumerate(lines)]
    return body
