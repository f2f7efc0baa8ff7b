"""One mistake that was made in several gradients is one finding."""

from collections.abc import Sequence

from chainrule.glass.examining.report import Finding

_OWN = ("name", "parameter", "got", "want")
_KINDS = ("targets_broadcast", "clipped_by_value", "sign_only", "weight_decay_added", "bias_averaged")


def merged(found: Sequence[Finding]) -> list[Finding]:
    """The findings, those of the same kind with the same numbers put together."""
    bounds = {dict(finding.words)["bound"] for finding in found if finding.name == "clipped_by_value"}
    kept: dict[object, Finding] = {}
    for place, finding in enumerate(found):
        words = dict(finding.words)
        cut = finding.name == "sign_only" and words["bound"] in bounds  # all of this one was larger than the bound
        name = "clipped_by_value" if cut else finding.name
        shared = tuple((word, value) for word, value in finding.words if word not in _OWN)
        key = (name, shared) if name in _KINDS else place
        first = kept.get(key)
        if first is None:
            kept[key] = Finding(name, finding.where, finding.words, finding.right)
            continue
        own = {**dict(first.words), "name": f"{dict(first.words)['name']}, {words['name']}"}
        where = together([*_layers(finding.where), *_layers(first.where)])
        kept[key] = Finding(name, where, tuple(own.items()), (*first.right, *finding.right))
    return list(kept.values())


def _layers(where: str) -> list[str]:
    """`"layers 1, 2"` as `["layer 1", "layer 2"]`."""
    return [f"layer {n}" for n in where[7:].split(", ")] if where.startswith("layers ") else [where]


def together(places: Sequence[str]) -> str:
    """Several places as one: layers by their numbers."""
    each = list(dict.fromkeys(places))
    layers = [place.removeprefix("layer ") for place in each if place.startswith("layer ")]
    return f"layers {', '.join(layers)}" if 1 < len(each) == len(layers) else ", ".join(each)
