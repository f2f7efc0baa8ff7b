"""Every plant, by the order of the catalogue."""

from corpus.plants import conclusions, ending, layers, own, rates, rows, splits, weights
from corpus.plants.plant import Plant

FILES = (rows, splits, ending, weights, own, layers, rates, conclusions)
PLANTS: tuple[Plant, ...] = tuple(
    sorted((plant for file in FILES for plant in file.PLANTS), key=lambda plant: plant.number)
)


def by_name(name: str) -> Plant:
    """A plant by its name."""
    return next(plant for plant in PLANTS if plant.name == name)
