"""What flows through a network: forward the numbers, backward the derivatives of the loss."""

from collections.abc import Sequence

from chainrule.errors import ArgumentError
from chainrule.language import say
from chainrule.plots._palette import CLASSES, tint
from chainrule.plots._sketch import Sketch, box, line, page, write

_WHERE = "plots.flow"
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SIGNS = {"sigmoid": "σ", "none": ""}


def flow(
    sizes: Sequence[int] = (2, 4, 1), *, activation: str | Sequence[str] = "sigmoid", lang: str | None = None
) -> Sketch:
    """The steps of one pass through a chain of layers, each with its formula and its shape.

    Forward, every layer takes its sum z = a W + b and its activation a = σ(z); backward, the chain
    rule hands ∂L/∂z and ∂L/∂a from step to step, and leaves ∂L/∂W and ∂L/∂b at every layer.

    Args:
        sizes: of the layers, from input to output, at least two, each above 0; default (2, 4, 1).
        activation: of the layers, one for all or one each, `"none"` for none; default `"sigmoid"`.
        lang: language of the words, `"en"` or `"zh"`; default the one in force.

    Returns:
        A sketch: `print` it for the text, `.svg` for the picture, `.save("flow.svg")` for a file.

    Raises:
        ArgumentError: for sizes that are no sizes, or another number of activations than layers.

    Example:
        >>> print(flow((2, 1), lang="en"))
        forward                  shape     backward
        X                        (n, 2)    ∂L/∂X = ∂L/∂z₁ W₁ᵀ
        z₁ = X W₁ + b₁           (n, 1)    ∂L/∂z₁ = ∂L/∂a₁ ⊙ σ′(z₁);  ∂L/∂W₁ = Xᵀ ∂L/∂z₁,  ∂L/∂b₁ = Σ ∂L/∂z₁
        a₁ = σ(z₁)               (n, 1)    ∂L/∂a₁
        L(a₁, Y)                 ()        1
    """
    found = list(sizes)
    if len(found) < 2 or any(int(size) != size or size < 1 for size in found):
        raise ArgumentError("plots.sizes", f"{_WHERE}, argument sizes", got=repr(sizes))
    names = [activation] * (len(found) - 1) if isinstance(activation, str) else list(activation)
    if len(names) != len(found) - 1:
        raise ArgumentError("plots.activations", f"{_WHERE}, argument activation", got=len(names), want=len(found) - 1)
    steps = _steps(found, names)
    return Sketch(_text(steps, lang), _svg(steps, lang))


def _steps(sizes: Sequence[int], names: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """Formula forward, shape, derivative handed back, derivatives that stay, of every step in order."""
    steps = [("X", f"(n, {sizes[0]})", "∂L/∂X = ∂L/∂z₁ W₁ᵀ", "")]
    before = "X"
    for place, name in enumerate(names, start=1):
        k = str(place).translate(_SUBSCRIPTS)
        after = str(place + 1).translate(_SUBSCRIPTS)
        shape = f"(n, {sizes[place]})"
        sign = _SIGNS.get(name, name)
        slope = f"∂L/∂a{k}" + (f" ⊙ {sign}′(z{k})" if sign else "")
        stays = f"∂L/∂W{k} = {before}ᵀ ∂L/∂z{k},  ∂L/∂b{k} = Σ ∂L/∂z{k}"
        steps.append((f"z{k} = {before} W{k} + b{k}", shape, f"∂L/∂z{k} = {slope}", stays))
        onward = f"∂L/∂a{k}" + (f" = ∂L/∂z{after} W{after}ᵀ" if place < len(names) else "")
        steps.append((f"a{k} = {sign}(z{k})" if sign else f"a{k} = z{k}", shape, onward, ""))
        before = f"a{k}"
    steps.append((f"L({before}, Y)", "()", "1", ""))
    return steps


def _text(steps: list[tuple[str, str, str, str]], lang: str | None) -> str:
    from chainrule.plots._sketch import columns_wide

    rows = [(say("plots.forward", lang), say("plots.shape", lang), say("plots.backward", lang))]
    rows += [(step, shape, ";  ".join(filter(None, (back, stays)))) for step, shape, back, stays in steps]

    def padded(text: str, width: int) -> str:
        return text + " " * max(1, width - columns_wide(text))

    return "\n".join(padded(a, 25) + padded(b, 10) + c for a, b, c in rows)


def _svg(steps: list[tuple[str, str, str, str]], lang: str | None) -> str:
    middle, gap, first = 150.0, 74.0, 92.0
    parts = [write(middle, 34, say("plots.forward", lang), 15), write(470, 34, say("plots.backward", lang), 15)]
    for number, (step, shape, back, stays) in enumerate(steps):
        y = first + gap * number
        fill = tint(CLASSES[0] if step.startswith("L(") else CLASSES[2] if step.startswith("a") else CLASSES[1])
        parts += [box(middle, y, 200, 42, fill), write(middle, y - 7 if shape else y, step, 15)]
        parts.append(write(middle, y + 11, shape, 11))
        parts += [box(470, y, 300, 42, "#f8f9fa"), write(470, y - (9 if stays else 0), back, 13)]
        parts += [write(470, y + 10, stays, 11, CLASSES[5])] if stays else []
        if number:
            parts.append(line(middle, y - gap + 21, middle, y - 22, arrow=True))
            parts.append(line(470, y - 21, 470, y - gap + 22, arrow=True, dashed=True))
    y = first + gap * (len(steps) - 1)
    parts.append(line(middle + 100, y, 470 - 151, y, arrow=True, dashed=True))
    return page(650, first + gap * (len(steps) - 1) + 50, say("plots.flow", lang), parts)
