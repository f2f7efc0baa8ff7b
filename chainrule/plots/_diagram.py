"""A network as circles and lines, in words and in SVG."""

from collections.abc import Sequence
from typing import Any

from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.plots._palette import CLASSES, FAINT, tint
from chainrule.plots._sketch import Sketch, box, centred, circle, columns_wide, line, page, write

_WHERE = "plots.diagram"
_MOST = 9  # neurons shown in a layer before the middle ones become dots
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_HIDDEN = "plots.hidden_layer"


def diagram(network: Any, *, lang: str | None = None) -> Sketch:
    """Draw a network: its layers side by side, every neuron a circle, every weight a line.

    Layers of more than nine neurons show the first, dots and the last. A Module that is not a
    plain chain of Linear layers is drawn as a row of boxes, one a layer.

    Args:
        network: sizes such as `[3, 3, 2]`, from input to output, or a Module, or what has one as `.model`.
        lang: language of the words, `"en"` or `"zh"`; default the one in force.

    Returns:
        A sketch: `print` it for the text, `.svg` for the picture, `.save("net.svg")` for a file.

    Raises:
        ArgumentError: when the sizes are not at least two whole numbers above 0.

    Example:
        >>> print(diagram([3, 3, 2], lang="en"))
        input layer → hidden layer → output layer
             ↓             ↓              ↓
            x₁            h₁             y₁
            x₂      →     h₂      →      y₂
            x₃            h₃
    """
    model = getattr(network, "model", network)
    if not hasattr(model, "named_modules"):
        return _neurons(_checked(model), [], lang)
    leaves = [module for module in model.modules() if not list(module.children())]
    chain = _chain(leaves)
    if chain:
        return _neurons(*chain, lang)
    return _boxes([str(leaf) for leaf in leaves], lang)


def _checked(sizes: Any) -> list[int]:
    try:
        found = [int(size) for size in sizes]
    except (TypeError, ValueError):
        found = []
    if len(found) < 2 or min(found) < 1 or found != list(sizes):
        raise ArgumentError("plots.sizes", f"{_WHERE}, argument network", got=repr(sizes))
    return found


def _chain(leaves: Sequence[Any]) -> tuple[list[int], list[list[str]]] | None:
    """Sizes and, for each layer but the first, what follows its sum; None when it is not a chain of Linear layers."""
    sizes: list[int] = []
    after: list[list[str]] = []
    for leaf in leaves:
        if hasattr(leaf, "in_features") and hasattr(leaf, "out_features"):
            if sizes and sizes[-1] != leaf.in_features:
                return None
            sizes += [leaf.out_features] if sizes else [leaf.in_features, leaf.out_features]
            after.append([])
        elif not after or any(getattr(p, "ndim", 0) > 1 for p in leaf.parameters()):
            return None
        else:
            after[-1].append(type(leaf).__name__)
    return (sizes, after) if sizes else None


def _layer_name(place: int, count: int, lang: str | None) -> str:
    if place == 0:
        return say("plots.input_layer", lang)
    if place == count - 1:
        return say("plots.output_layer", lang)
    return say(_HIDDEN, lang) if count == 3 else say("plots.hidden_layer_number", lang, number=place)


def _neuron_names(sizes: Sequence[int], place: int) -> list[str]:
    """The names from top to bottom, `⋮` for those left out."""
    last = len(sizes) - 1
    letter = "x" if place == 0 else "y" if place == last else "h"
    if letter == "h" and last > 2:
        letter += "⁽" + str(place).translate(_SUPERSCRIPTS) + "⁾"
    numbers: list[int | None] = list(range(1, sizes[place] + 1))
    if len(numbers) > _MOST:
        numbers[_MOST - 3 : -1] = [None]
    return ["⋮" if number is None else letter + str(number).translate(_SUBSCRIPTS) for number in numbers]


def _neurons(sizes: list[int], after: list[list[str]], lang: str | None) -> Sketch:
    heads = [_layer_name(place, len(sizes), lang) for place in range(len(sizes))]
    names = [_neuron_names(sizes, place) for place in range(len(sizes))]
    return Sketch(_neurons_text(heads, names), _neurons_svg(sizes, heads, names, after, lang))


def _neurons_text(heads: list[str], names: list[list[str]]) -> str:
    widths = [max(columns_wide(text) for text in (head, *column)) for head, column in zip(heads, names, strict=True)]

    def row(cells: Sequence[str], between: str) -> str:
        return between.join(centred(cell, width) for cell, width in zip(cells, widths, strict=True)).rstrip()

    tallest = max(len(column) for column in names)
    middle = (min(len(column) for column in names) - 1 + 1) // 2
    rows = [row(heads, " → "), row(["↓"] * len(heads), "   ")]
    for number in range(tallest):
        cells = [column[number] if number < len(column) else "" for column in names]
        rows.append(row(cells, " → " if number == middle else "   "))
    return "\n".join(rows)


def _neurons_svg(
    sizes: list[int], heads: list[str], names: list[list[str]], after: list[list[str]], lang: str | None
) -> str:
    gap_x, gap_y, radius, top = 170.0, 52.0, 20.0, 80.0
    tallest = max(len(column) for column in names)
    bottom = top + gap_y * tallest + 10
    width, height = gap_x * len(names) + 20, bottom + 34 + 16 * max(map(len, after), default=0)
    places = [
        [(95 + gap_x * layer, top + gap_y * (number + (tallest - len(column)) / 2)) for number in range(len(column))]
        for layer, column in enumerate(names)
    ]
    lines, discs = [], []
    for layer, column in enumerate(names):
        fill = tint(CLASSES[1] if layer == 0 else CLASSES[0] if layer == len(names) - 1 else CLASSES[2])
        for (x, y), name in zip(places[layer], column, strict=True):
            if name == "⋮":
                discs.append(write(x, y, name, 22))
                continue
            discs += [circle(x, y, radius, fill), write(x, y, name, 14 if len(name) < 5 else 11)]
            if layer + 1 < len(names):
                targets = zip(places[layer + 1], names[layer + 1], strict=True)
                lines += [line(x + radius, y, x2 - radius, y2) for (x2, y2), other in targets if other != "⋮"]
        x = 95 + gap_x * layer
        discs += [write(x, 30, heads[layer], 15), write(x, bottom, str(sizes[layer]), 13, FAINT)]
        follows = after[layer - 1] if layer and after else []
        discs += [write(x, bottom + 22 + 16 * row, name, 12, FAINT) for row, name in enumerate(follows)]
    title = say("plots.diagram", lang, sizes="-".join(map(str, sizes)))
    return page(width, height, title, lines + discs)


def _boxes(names: list[str], lang: str | None) -> Sketch:
    wide = max(160.0, 8.0 * max(map(columns_wide, names)))
    height = 40.0 + 62.0 * len(names)
    parts = []
    for number, name in enumerate(names):
        y = 46.0 + 62.0 * number
        parts += [box(wide / 2 + 30, y, wide, 40, tint(CLASSES[1])), write(wide / 2 + 30, y, name, 13)]
        if number:
            parts.append(line(wide / 2 + 30, y - 42, wide / 2 + 30, y - 22, arrow=True))
    title = say("plots.diagram_boxes", lang, count=len(names))
    return Sketch("\n↓\n".join(names), page(wide + 60, height, title, parts))
