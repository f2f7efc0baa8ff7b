"""The data sets by name, for the command line and for lists of them."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from chainrule.data import article_sets, curves, pictures, plane, shipped
from chainrule.data.arrays import Kind
from chainrule.data.samples import Samples
from chainrule.errors import ArgumentError


@dataclass(frozen=True)
class Entry:
    """A data set that can be had by name.

    Attributes:
        name: as in `load(name)`.
        kind: `"classes"` or `"numbers"`: what the targets are.
        rows: rows of `load(name)`.
        features: columns of X.
        source: `"made"` from a formula and a seed, `"shipped"` inside, or `"fetched"` from files outside.
        make: the function that gives it.
        test: the function that gives its own part for judging, where there is one.

    Example:
        >>> import chainrule.data
        >>> wine = chainrule.data.entry("wine")
        >>> wine.rows, wine.features, wine.source
        (178, 13, 'shipped')
    """

    name: str
    kind: Kind
    rows: int
    features: int
    source: Literal["made", "shipped", "fetched"]
    make: Callable[[], Samples]
    test: Callable[[], Samples] | None = None


ENTRIES = {
    entry.name: entry
    for entry in (
        Entry("xor", "classes", 4, 2, "made", article_sets.xor),
        Entry("clusters", "classes", 200, 2, "made", article_sets.clusters),
        Entry("circles", "classes", 200, 2, "made", plane.circles),
        Entry("moons", "classes", 200, 2, "made", plane.moons),
        Entry("blobs", "classes", 300, 2, "made", plane.blobs),
        Entry("spirals", "classes", 300, 2, "made", plane.spirals),
        Entry("checkerboard", "classes", 400, 2, "made", plane.checkerboard),
        Entry("linear", "numbers", 200, 3, "made", curves.linear),
        Entry("polynomial", "numbers", 200, 1, "made", curves.polynomial),
        Entry("sine", "numbers", 200, 1, "made", curves.sine),
        Entry("step", "numbers", 200, 1, "made", curves.step),
        Entry("friedman", "numbers", 300, 10, "made", curves.friedman),
        Entry("houses", "numbers", 1000, 6, "made", curves.houses),
        Entry("iris", "classes", 150, 4, "shipped", shipped.iris),
        Entry("breast_cancer", "classes", 569, 30, "shipped", shipped.breast_cancer),
        Entry("wine", "classes", 178, 13, "shipped", shipped.wine),
        Entry("digits", "classes", 1797, 64, "shipped", shipped.digits),
        Entry("diabetes", "numbers", 442, 10, "shipped", shipped.diabetes),
        Entry("mnist", "classes", 60_000, 784, "fetched", pictures.mnist, lambda: pictures.mnist("test")),
        Entry(
            "fashion_mnist",
            "classes",
            60_000,
            784,
            "fetched",
            pictures.fashion_mnist,
            lambda: pictures.fashion_mnist("test"),
        ),
    )
}


def names() -> list[str]:
    """The names that `load` knows.

    Returns:
        The names: made from a formula first, then shipped inside, then fetched.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.names()[:3]
        ['xor', 'clusters', 'circles']
    """
    return list(ENTRIES)


def entry(name: str) -> Entry:
    """What is known of a data set before it is loaded.

    Args:
        name: one of `names()`.

    Returns:
        Its `Entry`: kind, rows, features, source.

    Raises:
        ArgumentError: for an unknown name, with the nearest one.

    Example:
        >>> import chainrule.data
        >>> chainrule.data.entry("diabetes").kind
        'numbers'
    """
    if not isinstance(name, str) or name not in ENTRIES:
        near = difflib.get_close_matches(str(name), ENTRIES, n=1, cutoff=0.0)[0]
        where = "load, argument name"
        raise ArgumentError("data.unknown", where, got=repr(name), names=", ".join(ENTRIES), near=repr(near))
    return ENTRIES[name]


def load(name: str, split: str = "train") -> Samples:
    """A data set by name, with the arguments it has by default.

    Args:
        name: one of `names()`.
        split: `"train"`, or `"test"` for the sets that have a part of their own for judging (`entry(name).test`).

    Returns:
        Its `Samples`.

    Raises:
        ArgumentError: for an unknown name or a part that the set does not have.
        FileError: when its files are missing and cannot be fetched.

    Example:
        >>> import chainrule.data
        >>> X, y = chainrule.data.load("wine")
        >>> X.shape
        (178, 13)
    """
    found = entry(name)
    if split == "train":
        return found.make()
    if split != "test":
        raise ArgumentError("data.split_name", "load, argument split", got=repr(split))
    if found.test is None:
        raise ArgumentError("data.no_test", "load, argument split", name=name)
    return found.test()
