"""A case: what is planted where, and the training that comes of it."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from chainrule.train.trainer import Trainer
from corpus import articles, healthy, provocations
from corpus.plants.table import PLANTS, by_name
from corpus.published.posts import by_number
from corpus.sets import Part
from corpus.setup import Setup
from corpus.streams import stream

Kind = Literal["healthy", "provocation", "fault", "compound", "article", "published"]
KINDS: tuple[Kind, ...] = ("healthy", "provocation", "fault", "compound", "article", "published")
HERE = Path(__file__).parent
SHARED = (
    "streams.py", "setup.py", "samples.py", "classes.py", "numbers.py", "sets.py", "nets.py", "healthy.py",
    "outcome.py",
)


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        kind: what it is.
        name: of the fault, provocation, compound, article or published case; of healthy ones the data set.
        part: of the corpus.
        index: which of its name.
    """

    kind: Kind
    name: str
    part: Part
    index: int

    @property
    def id(self) -> str:
        """Its name in results."""
        return f"{self.kind}/{self.name}/{self.part}/{self.index}"

    @property
    def faults(self) -> tuple[str, ...]:
        """What is planted."""
        if self.kind == "fault":
            return (self.name,)
        if self.kind == "compound":
            return tuple(self.name.split("+"))
        return ()


def parse(id: str) -> Case:
    """A case from its name in results."""
    kind, name, part, index = id.split("/")
    return Case(kind, name, part, int(index))  # type: ignore[arg-type]  # written by `Case.id`


@dataclass(frozen=True)
class Drawn:
    """The trainings of a case.

    Attributes:
        setup: what is diagnosed.
        twin: the healthy one; None where there is none.
        base: number of the healthy training that it is made of.
        build: what builds it, where that is not what `setup` says.
    """

    setup: Setup
    twin: Setup | None
    base: int
    build: Callable[..., Trainer] | None = None


def drawn(case: Case, base: int) -> Drawn:
    """The trainings of a case over the healthy training of this number."""
    if case.kind == "healthy":
        return Drawn(healthy.candidate(case.part, case.index), None, case.index)
    if case.kind == "provocation":
        rng = stream("provocation", case.name, case.part, case.index, base)
        found = provocations.by_name(case.name)
        return Drawn(found.apply(healthy.candidate(case.part, base), rng), None, base)
    if case.kind == "article":
        setup, build = articles.article(case.name)
        return Drawn(setup, None, base, build)
    if case.kind == "published":
        rng = stream("published", case.name)
        return Drawn(by_number(int(case.name)).setup(rng).but(data=case.name), None, base)
    return _planted(case, base)


def _planted(case: Case, base: int) -> Drawn:
    """One fault, or several one after the other, in the same healthy training."""
    rng = stream(case.kind, case.name, case.part, case.index, base)
    plants = [by_name(name) for name in case.faults]
    twin = healthy.candidate(case.part, base)
    for plant in plants:
        twin = twin if plant.twin is None else plant.twin(twin, rng)
    sick = twin
    for plant in plants:
        sick = plant.apply(sick, rng)
    return Drawn(sick, twin, base)


def source(case: Case) -> str:
    """A digest of the source that this case is made by."""
    files = [HERE / name for name in SHARED]
    own = {"provocation": "provocations.py", "article": "articles.py", "published": "published/posts.py"}
    if case.kind in own:
        files.append(HERE / own[case.kind])
    sections = {plant.name: plant.apply.__module__.split(".")[-1] for plant in PLANTS}
    files += [HERE / "plants" / f"{sections[name]}.py" for name in case.faults]
    return digest(files)


def digest(files: list[Path]) -> str:
    """A digest of what files do: comments, docstrings and the breaking of lines change nothing."""
    made = blake2b(digest_size=8)
    for file in files:
        made.update(_meaning(file, file.stat().st_mtime_ns).encode())
    return made.hexdigest()


@cache
def _meaning(file: Path, changed: int) -> str:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
    return ast.dump(tree)
