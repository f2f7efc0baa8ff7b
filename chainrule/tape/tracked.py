"""What every tensor carries: its array, its place in the graph of gradients, its place in a Program."""

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from chainrule.tape.recorder import Recorder
    from chainrule.tensors.tensor import Tensor

clock = itertools.count(1)
"""One count for everything whose order matters: nodes as they are made, arrays as they are written to."""


class Storage:
    """The memory that a tensor and its views share; it remembers when it was last written to."""

    __slots__ = ("__weakref__", "shared", "written")

    def __init__(self) -> None:
        self.written = 0
        self.shared = False


class Node:
    """One differentiable operation that was applied: what its backward pass needs.

    Args:
        inputs: tensors and numbers; None once the backward pass has let them go.
        outs: arrays, never tensors: a tensor would hold its own node in a cycle.
        count: how many of `outs` are results.
        compiled: the text that ran, for a region.
    """

    ids: tuple[int, ...] = ()  # the values of `outs`, in a recording
    region: int | None = None
    hooks: dict[int, list[Callable[..., Any]]] | None = None
    storage: Storage | None = None  # of its result, once something else shares that memory

    def __init__(
        self, operation: Any, static: Any, inputs: tuple[Any, ...], outs: Sequence[Any], count: int,
        compiled: Any = None,
    ) -> None:
        self.operation = operation
        self.static = static
        self.inputs: tuple[Any, ...] | None = inputs
        self.outs = outs
        self.count = count
        self.compiled = compiled
        self.number = next(clock)


class Tracked:
    """The fields of a tensor, without its methods."""

    kind: ClassVar[type["Tensor"]]

    _array: Any  # an ndarray or NumPy number; None in a trace without numbers
    _node: Node | None = None
    _out: int = 0
    _storage: Storage | None = None
    _hooks: list[Callable[..., Any]] | None = None
    _id: int = -1
    _recorder: "Recorder | None" = None
    _weak: bool = False
    _role: str | None = None  # what a recording calls it when it lives between steps
    requires_grad: bool = False
    grad: "Tensor | None" = None
    _use: int = 0  # of a gradient: 1 once a step has used it, 2 once more was added to it after that

    def __init_subclass__(cls, final: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if final:
            Tracked.kind = cls  # type: ignore[assignment]  # the one concrete class

    def shared_storage(self) -> Storage:
        """The storage token of this tensor, for something else that lies in the same memory."""
        storage = self._own_storage()
        storage.shared = True
        return storage

    def stamp(self) -> None:
        """Note that this memory has been written to, now."""
        self._own_storage().written = next(clock)

    def _own_storage(self) -> Storage:
        if self._storage is None:
            self._storage = Storage()
            if self._node is not None:
                self._node.storage = self._storage
        return self._storage


_new = object.__new__


def wrap(array: Any) -> "Tensor":
    """A tensor around a fresh array: nothing is copied, nothing recorded."""
    made: Tensor = _new(Tracked.kind)
    made._array = array
    return made


def signature(value: Any, by_value: bool = False) -> Any:
    """What a compiled text depends on: shape and dtype of a tensor, the type of a Python number."""
    if isinstance(value, Tracked):
        return value.shape, "weak" if value._weak else value.dtype.char  # type: ignore[attr-defined]  # the concrete class
    return (type(value), value) if by_value else type(value)
