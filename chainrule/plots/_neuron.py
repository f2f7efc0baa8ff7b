"""From the biological neuron to the artificial one, part by part."""

from chainrule.language import say
from chainrule.plots._palette import CLASSES, FAINT, tint
from chainrule.plots._sketch import Sketch, box, circle, columns_wide, line, page, write

# Part of a living neuron, what it does, and what stands for it.
_PAIRS = (
    ("plots.dendrite", "plots.receives", "x₁, x₂, x₃"),
    ("plots.cell_body", "plots.processes", "a = σ(Σ wᵢ xᵢ + b)"),
    ("plots.axon", "plots.passes_on", "a"),
    ("plots.synapse", "plots.connects", "w₁, w₂, w₃"),
)
_HEIGHTS = (-46.0, 0.0, 46.0)


def neuron(*, lang: str | None = None) -> Sketch:
    """The four parts of a living neuron and what stands for each in an artificial one.

    Args:
        lang: language of the words, `"en"` or `"zh"`; default the one in force.

    Returns:
        A sketch: `print` it for the table, `.svg` for the picture, `.save("neuron.svg")` for a file.

    Example:
        >>> print(neuron(lang="en"))
        biological    does                    artificial
        dendrite      receives signals        x₁, x₂, x₃
        cell body     processes signals       a = σ(Σ wᵢ xᵢ + b)
        axon          passes the signal on    a
        synapse       connects neurons        w₁, w₂, w₃
    """
    rows = [(say("plots.biological", lang), say("plots.does", lang), say("plots.artificial", lang))]
    rows += [(say(part, lang), say(does, lang), stands) for part, does, stands in _PAIRS]
    widths = [max(columns_wide(row[place]) for row in rows) + 4 for place in (0, 1)]
    lines = [
        "".join(text + " " * (width - columns_wide(text)) for text, width in zip(row, widths, strict=False)) + row[2]
        for row in rows
    ]
    return Sketch("\n".join(lines), page(760, 420, say("plots.neuron", lang), _parts(lang)))


def _parts(lang: str | None) -> list[str]:
    top, low = 110.0, 310.0
    parts = [write(380, 28, say("plots.biological", lang), 16), write(380, 222, say("plots.artificial", lang), 16)]
    for height in _HEIGHTS:
        parts += [
            line(90, top + height, 268, top + height / 3),
            circle(90, top + height, 6, CLASSES[5]),
            line(90, low + height, 232, low + height / 3, arrow=True),
        ]
    parts += [
        circle(300, top, 36, tint(CLASSES[2])),
        line(336, top, 660, top, arrow=True),
        box(330, low, 190, 56, tint(CLASSES[2])),
        line(426, low, 640, low, arrow=True),
        circle(662, low, 22, tint(CLASSES[0])),
        write(330, low, "σ(Σ wᵢ xᵢ + b)", 15),
        write(662, low, "a", 15),
    ]
    for number, height in enumerate(_HEIGHTS):
        name = "₁₂₃"[number]
        parts += [circle(90, low + height, 18, tint(CLASSES[1])), write(90, low + height, f"x{name}", 14)]
        parts.append(write(158, low + height * 0.73 + (10 if height > 0 else -10), f"w{name}", 13, CLASSES[5]))
    captions = ((190, top - 62), (310, top + 54), (510, top - 20), (100, top + 74))
    for (x, y), (part, does, _) in zip(captions, _PAIRS, strict=True):
        parts.append(write(x, y, f"{say(part, lang)}: {say(does, lang)}", 13))
    parts += [
        write(90, low + 82, say("plots.inputs_of_neuron", lang), 12, FAINT),
        write(170, low + 82, say("plots.weights_of_neuron", lang), 12, FAINT),
        write(662, low + 46, say("plots.output_of_neuron", lang), 12, FAINT),
    ]
    return parts
