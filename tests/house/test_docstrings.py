"""Undocumented means broken: every public name says what it is, takes, gives and refuses, with an example that runs."""

import ast

import pytest

import chainrule
from tests.house import public, source
from tests.house.public import Name

# (public name, part of the template): why it may lack it. Short, and each entry still needed.
EXCEPTIONS: dict[tuple[str, str], str] = {}

DOORS = {
    *("data", "export", "metrics", "plots", "tables", "testing", "train"),
    *("nn", "nn.functional", "nn.init"),
    *("optim", "optim.lr_scheduler", "optim.schedules"),
}


def found():
    return [(name.path, part, words) for name in public.names() for part, words in public.faults(name)]


def test_every_door_lists_its_names():
    opened = dict(public.doors(chainrule))
    assert {f"chainrule.{door}" for door in DOORS} <= set(opened)
    source.nothing([f"{path} has no __all__" for path, door in opened.items() if not hasattr(door, "__all__")])


def test_every_listed_name_is_there():
    listed = [(path, door, name) for path, door in public.doors(chainrule) for name in getattr(door, "__all__", ())]
    source.nothing([f"{path}.{name}" for path, door, name in listed if public.reach(door, name) is None])


def test_every_public_name_is_documented():
    rows = [f"{path} ({part}): {words}" for path, part, words in found() if (path, part) not in EXCEPTIONS]
    source.nothing(rows)


def test_no_exception_outlives_its_reason():
    assert set(EXCEPTIONS) <= {(path, part) for path, part, _ in found()}


def test_modules_say_what_lives_there():
    rows = [module.where for module in source.modules().values() if not ast.get_docstring(module.tree)]
    source.nothing(rows)


def _whole(x, *, scale=1.0) -> float:
    """Scale a number.

    Args:
        x: a number.
        scale: what it is multiplied by; default 1.

    Returns:
        The product.

    Example:
        >>> 2 * 1.0
        2.0
    """
    return x * scale


def _with(old, new, function=_whole):
    def copy(x, *, scale=1.0) -> float:
        return x * scale

    assert old in function.__doc__
    copy.__doc__ = function.__doc__.replace(old, new)
    return copy


def _raising(x, *, scale=1.0) -> float:
    raise ValueError(x, scale)


_raising.__doc__ = _whole.__doc__


def test_a_whole_docstring_passes():
    assert list(public.faults(Name("whole", _whole))) == []


@pytest.mark.parametrize(
    ("thing", "part"),
    [
        (lambda x: x, "text"),
        (_with("Scale a number.", "Scale a number"), "line"),
        (_with("        scale: what it is multiplied by; default 1.\n", ""), "args"),
        (_with("scale: what", "factor: what"), "args"),
        (_with("Returns:", "Gives:"), "returns"),
        (_with("Returns:", "Source:"), "order"),
        (_with(">>>", "..."), "example"),
        (_raising, "raises"),
    ],
)
def test_a_lack_is_found(thing, part):
    assert part in {fault for fault, _ in public.faults(Name("broken", thing))}


class _Shelf:
    """Things in rows.

    Args:
        rows: how many; at least 1.

    Methods share `dim`, an axis.

    Example:
        >>> 1 + 1
        2
    """

    def __init__(self, rows):
        self.rows = rows

    def total(self, dim):
        """The sum."""
        if dim != 0:
            raise ValueError(dim)
        return self.rows


def test_a_method_may_leave_shared_words_to_its_class():
    told = {part for part, _ in public.faults(Name("total", _Shelf.total, is_method=True, shared=_Shelf.__doc__))}
    assert told == {"raises"}
    assert {part for part, _ in public.faults(Name("total", _Shelf.total, is_method=True))} == {"raises", "args"}
    assert list(public.faults(Name("shelf", _Shelf))) == []


def test_methods_and_doors_are_walked():
    paths = {name.path for name in public.names()}
    assert {"chainrule.Tensor", "chainrule.Tensor.backward", "chainrule.nn.Linear", "chainrule.optim.Adam"} <= paths
