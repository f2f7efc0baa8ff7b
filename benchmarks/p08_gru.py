"""P8: characters, embedding 32, GRU 128, 64 steps, batch 32, Adam."""

from functools import partial
from typing import Any

from benchmarks.jax_layers import as_jax, gru, linear
from benchmarks.race import faster
from benchmarks.recipe import InJax, Recipe, characters
from benchmarks.training import race

KINDS, LENGTH, BATCH, WIDTH, HIDDEN = 65, 64, 32, 32, 128


def network(library: Any) -> Any:
    nn = library.nn

    class Characters(nn.Module):  # type: ignore[name-defined,misc]  # of whichever library
        """The next character, at every place of a text."""

        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(KINDS, WIDTH)
            self.gru = nn.GRU(WIDTH, HIDDEN, batch_first=True)
            self.head = nn.Linear(HIDDEN, KINDS)

        def forward(self, x: Any) -> Any:
            states, _ = self.gru(self.embedding(x))
            return self.head(states)

    return Characters()


def apply(w: Any, x: Any, key: Any) -> tuple[Any, dict[str, Any]]:
    return linear(w, "head", gru(w, "gru", w["embedding.weight"][x])), {}


RECIPE = Recipe(
    model=network, loss="characters", rule="Adam", options={"lr": 1e-3}, data=characters, batch_size=BATCH, batches=8,
    jax=InJax(apply, partial(as_jax, tables=("embedding.weight",))), most=20,
    multiply_adds=float(3 * BATCH * LENGTH * (3 * HIDDEN * (WIDTH + HIDDEN) + HIDDEN * KINDS)),
)
RACE = race(
    "P8",
    "characters: embedding 32, GRU 128, 64 steps, batch 32, Adam",
    RECIPE,
    (faster(4, "PyTorch"),),
)
