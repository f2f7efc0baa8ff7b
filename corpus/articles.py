"""The articles as written: which of their configurations are healthy, and what is wrong with the others."""

from collections.abc import Callable

from chainrule.lessons.configurations import CONFIGURATIONS
from chainrule.train.trainer import Trainer
from corpus.setup import Setup

# Of 20 seeds all of the healthy ones learn; of lesson1 15, of lesson2-adam 17, of lesson1-relu 1, of lesson2 none.
WRONG: dict[str, tuple[str, ...]] = {
    "lesson1": ("seed_lottery",),
    "lesson1-relu": ("seed_lottery", "weights_too_small", "dead_units"),
    "lesson1-four": (),
    "lesson2": ("weights_too_small",),
    "lesson2-cured": (),
    "lesson2-adam": ("seed_lottery",),
    "lesson3": (),
    "lesson4": (),
}


def article(name: str) -> tuple[Setup, Callable[..., Trainer]]:
    """The rows and lengths of an article's training, and the function that builds it."""
    found = CONFIGURATIONS[name]()
    rows = tuple(found.data)[:2]
    setup = Setup((rows[0], rows[1]), (rows[0], rows[1]), "binary", 1, epochs=found.epochs, batch_size=found.batch_size,
                  data=name)
    return setup, found.build
