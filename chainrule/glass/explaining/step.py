"""What `cr.explain` gives back: one training step, to be read, asked and written down."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chainrule.errors import ArgumentError
from chainrule.glass.explaining import edge as edges
from chainrule.glass.explaining import why
from chainrule.glass.explaining.gathering import Gathering
from chainrule.glass.explaining.numbers import beside, shown
from chainrule.glass.explaining.page import fragment, page
from chainrule.glass.explaining.quantity import Part, Quantity, Update
from chainrule.glass.explaining.updating import updates
from chainrule.glass.explaining.written import written
from chainrule.glass.speaking import speaking
from chainrule.language import say
from chainrule.ops.program import Program

WIDE = 38
"""A longer formula has a line of its own, and its shape and meaning stand beneath it in their columns."""
PARTS: tuple[Part, ...] = ("given", "forward", "backward")


class Step:
    """One training step with every number in it; `print` it, ask it by name, write it down as a page.

    Attributes:
        title: network, loss, optimizer, rows and type of number.
        quantities: by name, in the order in which they are computed.
        updates: for each parameter's name what the optimizer did with it.
        loss: the loss of the rows.
        program: the recorded step, as plain data.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, optim
        >>> X, y = cr.data.xor()
        >>> _ = cr.manual_seed(0)
        >>> net = nn.MLP([2, 3, 1], activation="tanh")
        >>> trainer = cr.Trainer(net, nn.BCEWithLogitsLoss(), optim.SGD(net.parameters(), lr=0.1), dtype="float64")
        >>> step = cr.explain(trainer, (X, y))
        >>> step["dz1"].formula, step["dW1"].shape, step["dW1"].numeric_error < 1e-7
        ('dz1 = da1 * (1 - a1 * a1)', (2, 3), True)
    """

    def __init__(self, gathering: Gathering, title: dict[str, Any]) -> None:
        self._gathering = gathering
        self._title = title
        self.quantities = gathering.quantities()
        self.updates = updates(gathering)
        self.loss = float(self.quantities["loss"].value)

    @property
    def program(self) -> Program:
        """The recorded step."""
        return self._gathering.recorded.program

    @property
    def title(self) -> str:
        """What was explained, in one line."""
        return say("explain.title", None, **self._title)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all quantities, in the order in which they are computed."""
        return tuple(self.quantities)

    def __getitem__(self, name: str) -> Quantity:
        found = self.quantities.get(self._name(name))
        if found is None:
            raise ArgumentError("explain.unknown", "Step", got=repr(name), known=", ".join(self.quantities))
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._name(name) in self.quantities

    def __iter__(self) -> Iterator[Quantity]:
        return iter(self.quantities.values())

    def __len__(self) -> int:
        return len(self.quantities)

    def _name(self, name: str) -> str:
        """Also a parameter by the dotted name of `state_dict`, and its gradient with a d before it."""
        dotted = self._gathering.names.dotted
        if name in dotted:
            return dotted[name]
        if name.startswith("d") and name[1:] in dotted:
            return f"d{dotted[name[1:]]}"
        return name

    def part(self, part: Part) -> list[Quantity]:
        """The quantities of one part: `"given"`, `"forward"` or `"backward"`."""
        return [quantity for quantity in self if quantity.part == part]

    def edge(self, layer: int, source: int, target: int, row: int | None = None) -> "edges.Edge":
        """One weight of a dense layer, as the eye follows it: what comes along the edge, what comes back, ∂L/∂w.

        ∂L/∂w = Σ over the rows of δ · a

        Args:
            layer: which dense layer, from 1.
            source: which of its inputs, from 0.
            target: which of its neurons, from 0.
            row: which sample, from 0; default all of them.

        Returns:
            Edge: δ, a and their product for each row asked for, and the sum over all rows.

        Raises:
            ArgumentError: for a layer, neuron or row that is not there.
        """
        return edges.edge(self, layer, source, target, row)

    def why_zero(self, name: str, row: int | None = None, column: int | None = None) -> "why.Why":
        """Why numbers of a gradient are zero: the way upstream to the factor that made them so.

        Args:
            name: of a gradient, `"dW1"`.
            row: first index of one number in it; default all that are zero.
            column: second index.

        Returns:
            Why: reasons in words, with the place, the formula and the factor.

        Raises:
            ArgumentError: for a name that is none, or a place outside.
        """
        return why.why_zero(self, self._name(name), row, column)

    # --- words --------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        lines = [self.title]
        for part in PARTS:
            lines += ["", say(f"explain.part.{part}")]
            for quantity in self.part(part):
                lines += _entry(quantity)
        lines += ["", say("explain.part.update")]
        for update in self.updates.values():
            lines += _change(update)
        if not self.updates:
            lines.append(f"  {say('explain.no_update')}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Step({', '.join(self.quantities)})"

    def _repr_html_(self) -> str:
        return fragment(self)

    def to_html(self, path: Any = None, lang: str | None = None) -> str:
        """The step as one page that needs nothing from anywhere.

        Args:
            path: where to write it; default nowhere.
            lang: `"en"` or `"zh"`; default the language in force.

        Returns:
            The page.

        Raises:
            ArgumentError: for another language.
            StateError: where it cannot be written.
        """
        with speaking(lang, "Step.to_html"):
            text = page(self)
        if path is not None:
            written(Path(path), text)
        return text


def _entry(quantity: Quantity) -> list[str]:
    shape = str(quantity.shape) if quantity.shape else ""
    head = f"  {quantity.formula:<{WIDE}}"
    told = f"{shape:<12} {quantity.meaning}"
    fits = len(head) == WIDE + 2
    lines = [f"{head} {told}"] if fits else [head, f"  {'':<{WIDE}} {told}"]
    lines += [f"      {line}" for line in shown(quantity.value).split("\n")]
    if quantity.numeric_error is not None:
        lines.append("      " + checked(quantity))
    return lines


def checked(quantity: Quantity) -> str:
    """What the central differences say about a gradient."""
    error = f"{quantity.numeric_error:.1e}"
    count, size = quantity.checked, quantity.value.size
    if count < size:
        return say("explain.checked_some", error=error, count=f"{count:,}", size=f"{size:,}")
    return say("explain.checked", error=error)


def _change(update: Update) -> list[str]:
    numbers = ", ".join(f"{name} = {value:g}" for name, value in update.settings.items())
    lines = [f"  {update.formula}    {numbers}".rstrip()]
    for term in update.terms:
        lines.append(f"      {term.name} = {term.expression}")
        both = beside(term.before, term.after) if term.before is not None else shown(term.after).split("\n")
        lines += [f"          {line}" for line in both]
    return lines + [f"      {line}" for line in beside(update.before, update.after)]
