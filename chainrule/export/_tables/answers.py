"""What goes into a table's model and comes out of it, by name."""

from chainrule.language import say
from chainrule.tables.cells import NUMBERS
from chainrule.tables.fields import Category, Field
from chainrule.tables.model import Model
from chainrule.tables.schema import Target

SHOWN = 8  # words of a column, or classes


def labels_of(target: Target) -> tuple[str, ...] | tuple[int, ...]:
    """The names of classes as the target's column held them: whole numbers, or words."""
    numbers = bool(target.way & NUMBERS)
    if numbers and all(name.lstrip("-").isdecimal() and -(2**63) <= int(name) < 2**63 for name in target.classes):
        return tuple(int(name) for name in target.classes)
    return target.classes


def taken_by(model: Model) -> tuple[str, ...]:
    """What goes in, in words: a line for each column."""
    if model.image_shape is not None:
        return (say("export.in.image", shape=" × ".join(map(str, model.image_shape))),)
    return tuple(f"{field.name}: {_kind(field)}" for field in model.schema.fields)


def given_by(model: Model) -> tuple[str, ...]:
    """What comes out, in words."""
    target = model.schema.target
    if target.task == "numbers":
        return (say("export.out.value", name=target.name),)
    return (
        say("export.out.label", names=_few(target.classes)),
        say("export.out.probabilities", count=len(target.classes)),
    )


def _kind(field: Field) -> str:
    if isinstance(field, Category):
        return say("export.in.category", names=_few(field.levels))
    return say(f"export.in.{field.kind}")


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
