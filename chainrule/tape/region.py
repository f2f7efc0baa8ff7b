"""A region: several primitives that are one idea, with the derivative a teacher would write.

Eagerly a region is one node: its forward and its backward text are compiled once for each combination of static
arguments, shapes and dtypes. In a recording it is its parts, under its name. Without a declared derivative it is a
name only, and its parts bring their own derivatives.
"""

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.tape.apply import value_of
from chainrule.tape.mode import mode
from chainrule.tape.slopes import MOST_TEXTS
from chainrule.tape.trace import Compiled, compile_traced
from chainrule.tape.tracked import Node, Tracked, signature, wrap

REGIONS: dict[str, "Region"] = {}
"""Every region by its name."""


class Region:
    """A named function of tensors.

    Args:
        name: what Programs, scripts and explanations call it.
        function: positional arguments are tensors, Python numbers or None, all others are static. Returns a tensor
            or a tuple: the results, then what the derivative needs of the way there.
        outputs: how many of these are results.
        compiled: run as one text eagerly though it has no derivative: an optimizer's update.
    """

    def __init__(self, name: str, function: Callable[..., Any], outputs: int = 1, compiled: bool = False) -> None:
        self.name = name
        self.function = function
        self.outputs = outputs
        self.compiled = compiled
        self.slopes_of: Callable[..., tuple[Any, ...]] | None = None
        self.forwards: dict[Any, Compiled] = {}
        REGIONS[name] = self

    def derivative(self, rule: Callable[..., tuple[Any, ...]]) -> Callable[..., tuple[Any, ...]]:
        """Declare the derivative: from the gradients of the results, the arguments, then all that the function
        returned, to one gradient for each argument.
        """
        self.slopes_of = rule
        return rule

    def __call__(self, *args: Any, **static: Any) -> Any:
        if mode.parts or (self.slopes_of is None and (mode.recorder is not None or not self.compiled)):
            return self._labelled(args, static)
        if mode.recorder is not None:
            return self._recorded(args, static)
        statics = tuple(static.items()) if static else ()
        key: list[Any] = [statics]
        arrays = []
        wanted = False
        for arg in args:
            if isinstance(arg, Tracked):
                array = arg._array
                arrays.append(array)
                key.append(array.shape)
                key.append(array.dtype.char)
                if arg.requires_grad:
                    wanted = True
            else:
                arrays.append(arg)
                key.append(type(arg))
        keyed = tuple(key)
        forward = self.forwards.get(keyed)
        if forward is None:
            forward = self.forwards[keyed] = self._compile(args, static)
        results = forward.run(*arrays) if forward.whole else forward.run(*[arrays[i] for i in forward.used])
        if not wanted or not mode.grad or self.slopes_of is None:
            return wrap(results[0]) if self.outputs == 1 else tuple([wrap(r) for r in results[: self.outputs]])
        node = Node(self, statics, args, results, self.outputs, forward)
        made = wrap(results[0])
        made._node = node
        made.requires_grad = True
        if self.outputs == 1:
            return made
        rest = []
        for place in range(1, self.outputs):
            other = wrap(results[place])
            other._node, other._out, other.requires_grad = node, place, True
            rest.append(other)
        return (made, *rest)

    def parts(self, args: Sequence[Any], static: Any) -> tuple[Any, ...]:
        """All that the function returns, from its parts: on the graph wherever gradients are recorded."""
        results = self.function(*args, **dict(static))
        return results if isinstance(results, tuple) else (results,)

    def prepared(self, args: tuple[Any, ...], static: dict[str, Any]) -> Compiled:
        """The text that runs for arguments such as these: for who runs it often and looks it up but once."""
        key = ("prepared", tuple(static.items()), *[signature(arg) for arg in args])
        found = self.forwards.get(key)
        if found is None:
            found = self.forwards[key] = self._compile(args, static)
        return found

    def _compile(self, args: tuple[Any, ...], static: dict[str, Any]) -> Compiled:
        if len(self.forwards) >= MOST_TEXTS:
            self.forwards.clear()
        described = [None if arg is None else value_of(arg)._replace(name="", origin="input") for arg in args]
        return compile_traced(lambda *given: self.parts(given, static), described, self.name)

    def _labelled(self, args: tuple[Any, ...], static: dict[str, Any]) -> Any:
        recorder = mode.recorder
        before = recorder.open_region(self.name, tuple(static.items())) if recorder is not None else None
        results = self.parts(args, static)
        if recorder is not None:
            recorder.close_region(before)
        return results[0] if self.outputs == 1 else results[: self.outputs]

    def _recorded(self, args: tuple[Any, ...], static: dict[str, Any]) -> Any:
        recorder = mode.recorder
        assert recorder is not None
        statics = tuple(static.items())
        before = recorder.open_region(self.name, statics)
        region = recorder.region
        wanted = mode.grad
        mode.grad = False
        try:
            results = self.parts(args, static)
        finally:
            mode.grad = wanted
            recorder.close_region(before)
        made = [recorder.tensor(recorder.read(r), r._array) for r in results[: self.outputs]]
        if wanted and any(isinstance(arg, Tracked) and arg.requires_grad for arg in args):
            ids = tuple(recorder.read(r) for r in results)
            node = Node(self, statics, args, [r._array for r in results], self.outputs)
            node.ids, node.region = ids, region
            for place, tensor in enumerate(made):
                tensor._node, tensor._out, tensor.requires_grad = node, place, True
        return made[0] if self.outputs == 1 else tuple(made)


def region(name: str, outputs: int = 1, compiled: bool = False) -> Callable[[Callable[..., Any]], Region]:
    """Make a function of tensors a region; declare its derivative right beneath it with `@name.derivative`."""
    return lambda function: Region(name, function, outputs, compiled)
