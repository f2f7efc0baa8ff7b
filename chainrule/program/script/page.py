"""The text of a script: its functions, its numbers, its loop over epochs."""

import ast
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from chainrule.language import say
from chainrule.program.script.composing import Composed, uses_rows
from chainrule.program.script.draft import Line, substituted
from chainrule.program.script.grouping import local
from chainrule.program.script.layout import WIDE, quoted, unpacked, unparsed, wrapped
from chainrule.program.script.mathematics import mathematics, sign
from chainrule.program.script.naming import LOSSES, WEIGHTED, kind_of, root_of
from chainrule.program.script.numbers import READER, Array
from chainrule.program.script.running import Running
from chainrule.program.script.searching import functions
from chainrule.program.script.steps import Loop, Step
from chainrule.program.script.training import Training

THREADS = '("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")'


def page(training: Training, lang: str, beside: str = "") -> tuple[str, dict[str, Array]]:
    """The script of a training, and the arrays that lie beside it.

    Args:
        training: as plain data.
        lang: of its words, `"en"` or `"zh"`.
        beside: name of the file for large arrays; "" writes them into the text.
    """
    made = Composed(training)
    running = Running(made, lang, beside)
    return "\n".join(_Page(made, lang).lines(running)) + "\n", running.arrays


class _Page:
    def __init__(self, made: Composed, lang: str) -> None:
        self.made, self.training, self.lang = made, made.training, lang

    def say(self, key: str, **values: object) -> str:
        return say(key, self.lang, **values)

    def lines(self, running: Running) -> list[str]:
        """The whole program."""
        training = self.training
        searches = training.search is not None and training.search.wolfe
        numbers = running.numbers()
        encoded = any('array("' in line.replace("np.array(", "") for line in numbers)
        found = [
            f'"""{self.say("script.title", network=training.network, loss=training.loss)}', "",
            f'{self.say("script.about")}"""',
            *(["import base64"] if encoded else []), "import os",
            *(["from collections import namedtuple"] if searches else []), "",
            f"os.environ.update(dict.fromkeys({THREADS}, \"1\"))  # {self.say('script.threads')}",
            "import numpy as np  # noqa: E402",
        ]
        if encoded:
            found += ["", "", *READER.rstrip().splitlines()]
        preambles = dict.fromkeys([*self.made.preambles, *(self.made.last.preambles if self.made.last else ())])
        for text in preambles:
            found += ["", "", *_shortened(text.rstrip(), self._kind()).splitlines()]
        found += ["", "", *self._forward(), "", "", *self._backward(), "", ""]
        if self.made.last is not None:
            other = _Page(self.made.last, self.lang)
            found += [*other._forward("_last"), "", "", *other._backward("_last"), "", ""]
        search = training.search
        if search is None:
            update = self._update()
        else:
            update = functions(search, self.made, self.lang, training.optimizer)
            if self.made.update:
                update = [*self._update("clip", "script.clip"), "", "", *update]
        return [*found, *update, "", "", *numbers, *running.loop()]

    def _kind(self) -> str:
        return next((value.dtype for value in self.made.program.values if value.dtype.startswith("float")), "float64")

    # --- functions ----------------------------------------------------------------------------------------------

    def _statement(self, target: str, expression: ast.expr, indent: int = 4, note: str = "") -> list[str]:
        text = f"{' ' * indent}{target} = {unparsed(expression)}"
        if isinstance(expression, ast.Tuple):
            text = f"{' ' * indent}{target} = {', '.join(map(unparsed, expression.elts))}"
        named = partial(sign, gradients=self.made.naming.slopes)
        formula = mathematics(expression, named)
        names = target.split(", ")
        known = f"{', '.join(map(named, names))} = {formula}" if all(map(str.isidentifier, names)) else formula
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
        dims = self.made.shapes.get(self.made.draft.copies.get(value, value))
        if dims is None:
            dims = tuple("m" if place == 0 and n == self.training.full.rows and known.rows == 0 else str(n)
                         for place, n in enumerate(shape))
        elif axes is not None and axes[0] == value:
            dims = tuple(dims[axes[1].index(axis)] for axis in range(len(dims)))
        return f"  ({', '.join(dims)}{',' if len(dims) == 1 else ''})"

    def _body(self, lines: Sequence[Line]) -> list[str]:
        made, found = self.made, []
        last: object = None
        for line in lines:
            root = root_of(made.program, line.region)
            region = None if root is None else made.program.regions[root]
            forward = region.backward_of if region is not None and region.backward_of is not None else root
            heading = [] if region is None else self._heading(forward, line.part == "backward")
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
        static: dict[str, Any] = dict(made.program.entries[line.number].static)
        count, given = static["states"], made.named(line.expression)
        assert isinstance(given, ast.Call)
        _, _, _, *groups = given.args
        states, sequences, constants = (list(group.elts) for group in groups if isinstance(group, ast.Tuple))
        names = [made.naming.names[out] for out in line.outs]
        carried, stacked = names[:count], names[count:]
        found: list[str] = []
        for place, sequence in enumerate(sequences):
            if not isinstance(sequence, ast.Name):
                name = made.naming.give(-line.number * 100 - place - 1, "steps")
                found += self._statement(name, sequence)
                sequences[place] = ast.Name(name)
        everyone = (*made.forward, *made.backward)
        read = [any(out in other.needs for other in everyone) or out in made.cache for out in line.outs[count:]]
        wanted = list(dict.fromkeys(name for name, needed in zip(stacked, read, strict=True) if needed))
        kept = made.naming.give(-line.number - 1, "kept") if wanted else ""
        texts = [unparsed(state) for state in states]
        names, values = [*carried, *([kept] if wanted else [])], [*texts, *(["[]"] if wanted else [])]
        found.append(f"    {', '.join(names)} = {', '.join(values)}")
        steps = f"range({static['steps']})"
        direction = f"reversed({steps})" if static["reverse"] else steps
        found.append(f"    for t in {direction}:  # {self.say('script.steps')}")
        at = ast.Name("t")
        inputs: list[ast.expr] = [ast.Name(name) for name in carried]
        inputs += [ast.Subscript(sequence, at) for sequence in sequences]
        more = dict(zip(body.program.inputs, [*inputs, *constants], strict=True))
        lines = made.inside(line)
        known, last = replace(body, program=made.program), body.program.outputs
        late = {
            inner.outs[0]: inner for inner in lines
            if line.part == "backward" and inner.outs[0] in set(last[:count]) - set(last[count:])
            and not any(inner.outs[0] in other.needs for other in lines)
        }
        for inner in lines:
            if inner.outs[0] not in late:
                found += self._statement(made.naming.names[inner.outs[0]], made.named(inner.expression, more), 8)
        nodes = [made.named(late[out].expression if out in late else known.node(out), more) for out in last]
        ends = [unparsed(node) for node in nodes]
        by_name = dict(zip(stacked, ends[count:], strict=True))
        given_back = [by_name[name] for name in wanted]
        if wanted:
            comma = "," if len(wanted) == 1 else ""
            found += wrapped(f"        {kept}.append(({', '.join(given_back)}{comma}))", 8)
        if late:
            found += self._statement(", ".join(carried), ast.Tuple(nodes[:count]) if count > 1 else nodes[0], 8)
        else:
            found.append(f"        {', '.join(carried)} = {', '.join(ends[:count])}")
        if wanted:
            back = "[::-1]" if static["reverse"] else ""
            found += unpacked(wanted, f"map(np.stack, zip(*{kept}{back}))")
        return found

    def _is_read(self, value: int) -> bool:
        return any(value in line.needs for line in (*self.made.forward, *self.made.backward))

    def _heading(self, region: int | None, back: bool) -> list[str]:
        """What a layer is, where its lines begin."""
        if region is None:
            return []
        known = self.made.program.regions[region]
        kind = kind_of(known.name)
        path = known.module.removeprefix("model.")
        words = self.training.loss if kind in LOSSES else self.training.modules.get(path, known.name)
        if back:
            return [f"    # {self.say('script.back', words=words)}"]
        if kind in LOSSES:
            return [f"    # {self.say('script.loss', words=words)}"]
        if kind in WEIGHTED:
            number = self.made.naming.region_blocks.get(region, 0)
            return [f"    # {self.say('script.layer', number=number, words=words)}"]
        return [f"    # {words}"]

    def _weights(self, lines: Sequence[Line]) -> list[str]:
        names = list(self.made.stores.first["weights"])
        used = {n.id for line in lines for n in ast.walk(self.made.named(line.expression)) if isinstance(n, ast.Name)}
        read = [name for name in names if name in used]
        if not read:
            return []
        if read == names and len(names) > 1:
            return unpacked(names, "weights.values()")
        if len(read) <= 4:
            return [f"    {', '.join(read)} = " + ", ".join(f'weights["{name}"]' for name in read)]
        keys = ", ".join(quoted(name) for name in read)
        return [*unpacked(read, "("), *wrapped(f"        weights[name] for name in ({keys})", 8), "    )"]

    def _cache(self) -> list[str]:
        """What the backward pass needs of the forward pass."""
        return list(dict.fromkeys(self.made.naming.names[value] for value in self.made.cache))

    def _arguments(self) -> str:
        return ", ".join(self.made.inputs.values())

    def _forward(self, end: str = "") -> list[str]:
        made = self.made
        cache = self._cache()
        found = [f"def forward{end}({self._arguments()}):", f'    """{self.say("script.forward")}"""']
        if uses_rows(made.forward):
            found.append(f"    m = len({next(iter(made.inputs.values()))})  # {self.say('script.rows')}")
        found += self._weights(made.forward) + self._body(made.forward)
        return found + wrapped(f"    return loss, ({', '.join(cache)}{',' if len(cache) == 1 else ''})", 4)

    def _backward(self, end: str = "") -> list[str]:
        made = self.made
        cache = self._cache()
        found = [f"def backward{end}({self._arguments()}, cache):", f'    """{self.say("script.backward")}"""']
        if uses_rows(made.backward):
            found.append(f"    m = len({next(iter(made.inputs.values()))})")
        found += self._weights(made.backward)
        if cache:
            found += unpacked(cache, "cache")
        found += self._body(made.backward)
        pairs = [f'"{key}": {unparsed(made.named(node))}' for key, node in made.returned.items()]
        return found + wrapped(f"    return {{{', '.join(pairs)}}}", 4)

    def _update(self, name: str = "update", key: str = "script.update") -> list[str]:
        clips = self.training.search is not None
        moving = "" if clips else "".join(f", {rate}" for rate in self.made.moving)
        words = self.say(key, **({} if clips else {"optimizer": self.training.optimizer}))
        found = [f"def {name}(gradients{moving}):", f'    """{words}"""']
        for block in self.made.update:
            if isinstance(block, Loop):
                found += self._loop_over(block)
            else:
                for step in block:
                    found += self._step(step, 4)
        return [*found, "    return gradients"] if clips else found

    def _loop_over(self, loop: Loop) -> list[str]:
        everything = loop.names == list(self.made.returned) and not loop.groups
        opened = [(name, text) for name, text in loop.opened if not (everything and text == "gradients[name]")]
        if everything and not opened and not loop.closed and len(loop.steps) == len(loop.before) == 1:
            return self._total(loop)
        found = [f"    {step.target} = {unparsed(step.expression)}" for step in loop.before]
        indent = 12 if loop.groups else 8
        if loop.groups:
            numbers = ", ".join(map(local, loop.varying))
            rows = []
            for names, values in loop.groups:
                these = f"({', '.join(map(quoted, names))}{',' if len(names) == 1 else ''})"
                rows.append(f"({', '.join([these, *values])})" if values else these)
            head = f"    for names, {numbers} in (" if numbers else "    for names in ("
            if len(head) + len(", ".join(rows)) + 2 <= WIDE:
                found.append(f"{head}{', '.join(rows)}):")
            else:
                found.append(head)
                for row in rows:
                    found += wrapped(f"        {row},", 8)
                found.append("    ):")
            found.append("        for name in names:")
        elif everything:
            found.append("    for name, g in gradients.items():")
        else:
            words = ", ".join(map(quoted, loop.names))
            found += wrapped(f"    for name in ({words}{',' if len(loop.names) == 1 else ''}):", 4)
        pad = " " * indent
        if everything and [name for name, _ in opened] == ["w"] and len(loop.steps) == len(loop.closed) == 1:
            return [*found, *self._at_once(loop.steps[0])]
        if opened:
            found.append(f"{pad}{', '.join(name for name, _ in opened)} = {', '.join(text for _, text in opened)}")
        for step in loop.steps:
            found += self._step(step, indent)
        if loop.closed:
            targets, results = zip(*loop.closed, strict=True)
            found.append(f"{pad}{', '.join(targets)} = {', '.join(results)}")
        return found

    def _total(self, loop: Loop) -> list[str]:
        """A sum over all gradients."""
        (step,) = loop.steps
        assert isinstance(step.expression, ast.BinOp)
        text = f"    {step.target} = sum({unparsed(step.expression.right)} for g in gradients.values())"
        formula = mathematics(step.expression.right, partial(sign, gradients=self.made.naming.slopes))
        return [f"{text}  # {sign(step.target)} = Σ ({formula})"]

    def _at_once(self, step: Step) -> list[str]:
        """The new weights, where a step needs nothing but them and their gradient."""
        formula = mathematics(step.expression, partial(sign, gradients=self.made.naming.slopes))
        given: dict[str, ast.expr] = {"w": ast.Subscript(ast.Name("weights"), ast.Name("name"))}
        return [f"        weights[name] = {unparsed(substituted(step.expression, given))}  # w = {formula}"]

    def _step(self, step: Step, indent: int) -> list[str]:
        if unparsed(step.expression) == step.target:
            return []
        if isinstance(step.expression, ast.Name | ast.Tuple):
            target, text = step.target.replace("'", '"'), unparsed(step.expression)
            return [f"{' ' * indent}{target} = {text.strip('()')}"]
        return self._statement(step.target, step.expression, indent)


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
