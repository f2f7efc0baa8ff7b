"""Parameters in a list, and under names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter


class ParameterList(Module):
    """A list of parameters, which the module that has it knows as its own.

    Args:
        values: parameters, or tensors and arrays that become parameters; default none.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> weights = nn.ParameterList([cr.zeros(2), cr.ones(3)])
        >>> len(weights), weights[1].shape
        (2, (3,))
    """

    def __init__(self, values: Iterable[Any] = ()) -> None:
        super().__init__()
        self.extend(values)

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._parameters.values()))

    def __getitem__(self, index: int) -> Any:
        return list(self._parameters.values())[index]

    def __setitem__(self, index: int, value: Any) -> None:
        self.register_parameter(list(self._parameters)[index], _parameter(value))

    def append(self, value: Any) -> Self:
        """Add a parameter, or a value that becomes one, at the end."""
        self.register_parameter(str(len(self)), _parameter(value))
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add several values at the end."""
        for value in values:
            self.append(value)
        return self

    def extra_repr(self) -> str:
        """The shapes."""
        return ", ".join(str(parameter.shape) for parameter in self)


class ParameterDict(Module):
    """Parameters under names, which the module that has them knows as its own.

    Args:
        parameters: from names to parameters, or to tensors and arrays that become parameters; default none.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> scales = nn.ParameterDict({"left": cr.ones(2)})
        >>> list(scales), scales["left"].shape
        (['left'], (2,))
    """

    def __init__(self, parameters: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.update({} if parameters is None else parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __contains__(self, name: object) -> bool:
        return name in self._parameters

    def __getitem__(self, name: str) -> Any:
        return self._parameters[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._parameters[name] = _parameter(value)

    def keys(self) -> Iterable[str]:
        """The names, in order."""
        return self._parameters.keys()

    def values(self) -> Iterable[Any]:
        """The parameters, in order."""
        return self._parameters.values()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and parameters, in order."""
        return self._parameters.items()

    def update(self, parameters: Mapping[str, Any]) -> None:
        """Take over all of `parameters`, in place of those with the same names."""
        for name, value in parameters.items():
            self[name] = value

    def extra_repr(self) -> str:
        """Names and shapes."""
        return ", ".join(f"{name}: {parameter.shape}" for name, parameter in self.items())


def _parameter(value: Any) -> Parameter:
    return value if isinstance(value, Parameter) else Parameter(value)
