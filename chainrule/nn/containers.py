"""Modules made of modules: one after another, in a list, under names."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, overload

from chainrule.errors import ArgumentError, ChainruleError, DtypeError, ShapeError
from chainrule.nn.module import Module


class Listed(Module):
    """What containers that count their modules share; the names are "0", "1", …"""

    def _put(self, modules: Iterable[Any], names: Iterable[str] | None = None) -> None:
        """Hold these modules and no others."""
        found = list(modules)
        labels = [str(i) for i in range(len(found))] if names is None else list(names)
        for name, module in zip(labels, found, strict=True):
            _checked(module, f"{type(self).__name__}, module {name}")
            _checked_name(self, name)
        for name in list(self._modules):
            delattr(self, name)
        for name, module in zip(labels, found, strict=True):
            self.add_module(name, module)

    def _listed(self) -> list[Any]:
        return list(self._modules.values())

    def _place(self, index: int, count: int) -> int:
        place = int(index)
        if not -count <= place < count:
            raise ArgumentError("layers.place", f"{type(self).__name__}[i]", got=place, count=count)
        return place % count

    def _named_place(self, index: int) -> str:
        return list(self._modules)[self._place(index, len(self))]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._named_place(index), _checked(module, f"{type(self).__name__}[i] = module"))

    def __delitem__(self, index: int | slice) -> None:
        kept, names = self._listed(), list(self._modules)
        counted = names == [str(i) for i in range(len(names))]
        gone = index if isinstance(index, slice) else self._place(index, len(kept))
        del kept[gone], names[gone]
        self._put(kept, None if counted else names)

    def append(self, module: Module) -> Self:
        """Add a module at the end."""
        self.add_module(str(len(self)), _checked(module, f"{type(self).__name__}.append"))
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add several modules at the end."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Put a module before place `index`; those behind it move on by one."""
        modules = self._listed()
        modules.insert(index, _checked(module, f"{type(self).__name__}.insert"))
        self._put(modules)
        return self

    def pop(self, index: int = -1) -> Any:
        """Take the module at place `index` out, by default the last, and return it."""
        taken = self._listed()[self._place(index, len(self))]
        del self[index]
        return taken


class Sequential(Listed):
    """Modules one after another: each takes what the one before it gives.

    Args:
        modules: in order; or one OrderedDict from names to modules.

    Raises:
        DtypeError: for something that is no module.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
        >>> net(cr.zeros(5, 2)).shape, len(net), net[1]
        ((5, 1), 3, ReLU())
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            self._put(modules[0].values(), modules[0].keys())
        else:
            self._put(modules)

    def forward(self, input: Any) -> Any:
        """What the last module makes of what the others made of `input`."""
        for name, module in self._modules.items():
            try:
                input = module(input)  # type: ignore[misc]  # no module here is None
            except ChainruleError as error:
                if isinstance(input, tuple):
                    raise self._too_many(name, input) from None
                if isinstance(error, ShapeError):
                    self._name_giver(name, error)
                raise
        return input

    def _too_many(self, name: str, given: tuple[Any, ...]) -> DtypeError:
        """The refusal of several tensors, such as an LSTM gives, for the module `name`."""
        before = list(self._modules.items())[: list(self._modules).index(name)]
        giver = f", as {before[-1][0]} {before[-1][1]!r} gives them" if before else ""
        return DtypeError("layers.several", f"{name} {self._modules[name]!r}", count=len(given), giver=giver)

    def _name_giver(self, name: str, error: ShapeError) -> None:
        """Let a refusal of the module `name` for the width of its rows say which module here gave them."""
        if error.key != "layers.width" or getattr(error, "module", None) is not self._modules[name]:
            return
        before = list(self._modules.items())[: list(self._modules).index(name)]
        giver = next((f"{key} {module!r}" for key, module in reversed(before) if hasattr(module, "out_features")), None)
        if giver is not None:
            error.key, error.values = "layers.chain", {**error.values, "giver": giver}

    @overload
    def __getitem__(self, index: slice) -> "Sequential": ...
    @overload
    def __getitem__(self, index: int) -> Any: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return Sequential(OrderedDict(list(self._modules.items())[index]))
        return self._modules[self._named_place(index)]

    def __add__(self, other: "Sequential") -> "Sequential":
        return Sequential(*self, *other)


class ModuleList(Listed):
    """A list of modules, which the module that has it knows as its own.

    Args:
        modules: any number of modules; default none.

    Raises:
        DtypeError: for something that is no module.

    Example:
        >>> from chainrule import nn
        >>> layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))
        >>> len(layers), len(list(layers.parameters()))
        (3, 6)
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self._put(() if modules is None else modules)

    @overload
    def __getitem__(self, index: slice) -> "ModuleList": ...
    @overload
    def __getitem__(self, index: int) -> Any: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return ModuleList(self._listed()[index])
        return self._modules[self._named_place(index)]

    def __add__(self, other: Iterable[Module]) -> "ModuleList":
        return ModuleList([*self, *other])

    def __iadd__(self, other: Iterable[Module]) -> Self:
        return self.extend(other)

    def __repr__(self) -> str:
        blocks: list[tuple[int, int, str]] = []  # first, last, words: equal neighbours share a line
        for i, module in enumerate(self):
            words = repr(module)
            if blocks and blocks[-1][2] == words:
                blocks[-1] = (blocks[-1][0], i, words)
            else:
                blocks.append((i, i, words))
        if not blocks:
            return "ModuleList()"
        lines = []
        for first, last, words in blocks:
            label = f"({first}): " if first == last else f"({first}-{last}): {last - first + 1} x "
            lines.append(f"  {label}{words}".replace("\n", "\n  "))
        return "\n".join(["ModuleList(", *lines, ")"])


class ModuleDict(Module):
    """Modules under names, which the module that has them knows as its own.

    Args:
        modules: a mapping from names to modules, or pairs of both; default none.

    Raises:
        DtypeError: for something that is no module.
        ArgumentError: for a name with a dot, or one that the dictionary itself uses.

    Example:
        >>> from chainrule import nn
        >>> heads = nn.ModuleDict({"price": nn.Linear(4, 1), "kind": nn.Linear(4, 3)})
        >>> list(heads), heads["kind"].out_features
        (['price', 'kind'], 3)
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None) -> None:
        super().__init__()
        self.update({} if modules is None else modules)

    def __getitem__(self, name: str) -> Any:
        return self._modules[name]

    def __setitem__(self, name: str, module: Module) -> None:
        _checked_name(self, name)
        self.add_module(name, _checked(module, f"ModuleDict[{name!r}]"))

    def __delitem__(self, name: str) -> None:
        self._modules[name]  # a KeyError for a name that is not there
        delattr(self, name)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def keys(self) -> Iterable[str]:
        """The names, in order."""
        return self._modules.keys()

    def values(self) -> Iterable[Any]:
        """The modules, in order."""
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and modules, in order."""
        return self._modules.items()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Take over all of `modules`, a mapping or pairs, in place of those with the same names."""
        for name, module in modules.items() if isinstance(modules, Mapping) else modules:
            self[name] = module

    def pop(self, name: str) -> Any:
        """Take the module called `name` out, and return it."""
        taken = self[name]
        del self[name]
        return taken

    def clear(self) -> None:
        """Take all modules out."""
        for name in list(self):
            del self[name]


def _checked(module: Any, where: str) -> Module:
    if not isinstance(module, Module):
        raise DtypeError("layers.not_module", where, got=repr(module))
    return module


def _checked_name(owner: Module, name: Any) -> None:
    taken = isinstance(name, str) and name not in owner._modules and hasattr(owner, name)
    if not isinstance(name, str) or not name or "." in name or taken:
        raise ArgumentError("layers.name", f"{type(owner).__name__}, name of a module", got=repr(name))
