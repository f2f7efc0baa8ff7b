"""P6: convolutions 8 and 16, dense 64, on 28 × 28, batch 64, Adam."""

from benchmarks.convolutions import recipe_of
from benchmarks.race import faster
from benchmarks.training import race

RECIPE = recipe_of(8, 16, 64, batches=20)
RACE = race(
    "P6", "conv 8-16 (3x3, ReLU, max-pool twice) + 64, 28x28, batch 64, Adam", RECIPE, (faster(4, "PyTorch"),)
)
