"""P9: characters, GPT with 4 layers, 4 heads, 128 wide, 64 tokens x 12, AdamW, gradients cut to length 1."""

from functools import partial
from typing import Any

from benchmarks.jax_layers import as_jax, attention, layer_norm, linear
from benchmarks.race import faster
from benchmarks.recipe import InJax, Recipe, characters
from benchmarks.training import race

KINDS, LENGTH, BATCH, LAYERS, HEADS, WIDTH = 65, 64, 12, 4, 4, 128


def network(library: Any) -> Any:
    """Norms first, no biases, the table of characters used again at the end, as in nanoGPT."""
    nn, F = library.nn, library.nn.functional

    class Attention(nn.Module):  # type: ignore[name-defined,misc]  # of whichever library
        """Each place gathers from those before it."""

        def __init__(self) -> None:
            super().__init__()
            self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
            self.out = nn.Linear(WIDTH, WIDTH, bias=False)

        def forward(self, x: Any) -> Any:
            rows, length, _ = x.shape
            parts = self.qkv(x).reshape(rows, length, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
            z = F.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_causal=True)  # (B, H, T, D)
            return self.out(z.transpose(1, 2).reshape(rows, length, WIDTH))

    class Block(nn.Module):  # type: ignore[name-defined,misc]  # of whichever library
        """Attention, then a dense network at every place."""

        def __init__(self) -> None:
            super().__init__()
            self.norm1 = nn.LayerNorm(WIDTH, bias=False)
            self.attention = Attention()
            self.norm2 = nn.LayerNorm(WIDTH, bias=False)
            self.up = nn.Linear(WIDTH, 4 * WIDTH, bias=False)
            self.down = nn.Linear(4 * WIDTH, WIDTH, bias=False)

        def forward(self, x: Any) -> Any:
            x = x + self.attention(self.norm1(x))
            return x + self.down(F.gelu(self.up(self.norm2(x))))

    class GPT(nn.Module):  # type: ignore[name-defined,misc]  # of whichever library
        """The next character, at every place of a text."""

        def __init__(self) -> None:
            super().__init__()
            self.tokens = nn.Embedding(KINDS, WIDTH)
            self.places = nn.Embedding(LENGTH, WIDTH)
            self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
            self.norm = nn.LayerNorm(WIDTH, bias=False)
            for name, parameter in self.named_parameters():
                if parameter.ndim > 1:
                    last = name.endswith(("out.weight", "down.weight"))  # of a sum over 2 · LAYERS branches
                    nn.init.normal_(parameter, std=0.02 / (2 * LAYERS) ** 0.5 if last else 0.02)

        def forward(self, x: Any) -> Any:
            embedded = self.tokens(x) + self.places.weight[: x.shape[1]]  # (B, T, WIDTH)
            return F.linear(self.norm(self.blocks(embedded)), self.tokens.weight)

    return GPT()


def apply(w: Any, x: Any, key: Any) -> tuple[Any, dict[str, Any]]:
    import jax

    a = w["tokens.weight"][x] + w["places.weight"][: x.shape[1]]
    for block in (f"blocks.{i}" for i in range(LAYERS)):
        a = a + attention(w, f"{block}.attention", layer_norm(w, f"{block}.norm1", a), HEADS)
        up = linear(w, f"{block}.up", layer_norm(w, f"{block}.norm2", a))
        a = a + linear(w, f"{block}.down", jax.nn.gelu(up, approximate=False))
    return layer_norm(w, "norm", a) @ w["tokens.weight"].T, {}


# Of a token: four matrices of a block, scores and sums over half of the places on average, the table at the end.
FORWARD = LAYERS * (12 * WIDTH**2 + LENGTH * WIDTH) + KINDS * WIDTH
RECIPE = Recipe(
    model=network, loss="characters", rule="AdamW",
    options={"lr": 1e-3, "betas": (0.9, 0.99), "weight_decay": 0.1}, clip=1.0, matrices_decay=True,
    data=characters, batch_size=BATCH, batches=8, most=20,
    jax=InJax(apply, partial(as_jax, tables=("tokens.weight", "places.weight"))),
    multiply_adds=float(3 * BATCH * LENGTH * FORWARD),
)
RACE = race(
    "P9",
    "characters: GPT 4 layers, 4 heads, 128 wide, 64 tokens x 12, AdamW",
    RECIPE,
    (faster(2.3, "PyTorch"),),
)
