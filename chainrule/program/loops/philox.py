"""Random numbers by counter as kernel text: the same bits as NumPy's Philox, any part of a draw on its own.

Element i of draw n of seed s is element i of

    np.random.Generator(np.random.Philox(key=[s, 0], counter=[0, n, 0, 0])).random(size, dtype=dtype)

NumPy increases the counter before the first block, so that block b is Philox4x64-10 of (b + 1, n, 0, 0): four words of
64 bits (J. Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011). A float32 is made of half a word, the low
half first, of which 24 bits count; a float64 of a word, of which 53 count.
"""

from typing import NamedTuple

from chainrule.program.loops.kernel import Kernel


def _signed(word: int) -> int:
    return word - (word >> 63 << 64)


# The upper half of a product, by halves: vector code has no wider product (`mulhi` is one instruction, a scalar one).
UPPER_I64 = """\
def upper_i64(a, b):
    a_low = a & 4294967295
    a_high = shr(a, 32)
    b_low = b & 4294967295
    b_high = shr(b, 32)
    one = a_high * b_low + shr(a_low * b_low, 32)
    two = a_low * b_high + (one & 4294967295)
    return a_high * b_high + shr(one, 32) + shr(two, 32)
"""

# Multipliers and key increments (golden ratio, √3 - 1) of Philox4x64.
_ROUNDS = f"""\
key_0 = key
key_1 = i64(0)
word_0 = block + 1
word_1 = draw
word_2 = i64(0)
word_3 = i64(0)
for r in unroll(10):
    upper = UPPER(word_0, {_signed(0xD2E7470EE14C6C93)})
    lower = word_0 * {_signed(0xD2E7470EE14C6C93)}
    word_0 = UPPER(word_2, {_signed(0xCA5A826395121157)}) ^ word_1 ^ key_0
    word_1 = word_2 * {_signed(0xCA5A826395121157)}
    word_2 = upper ^ word_3 ^ key_1
    word_3 = lower
    key_0 += {_signed(0x9E3779B97F4A7C15)}
    key_1 += {_signed(0xBB67AE8584CAA73B)}
"""


class _Form(NamedTuple):
    """How numbers of one type are made of words."""

    pointer: str
    per_word: int
    number: str  # of {word} and the {first} bit that counts in it
    first: int  # of the first number in a word


_FORMS = {
    "float32": _Form("f32*", 2, "f32(i32(shr({word}, {first}) & 16777215)) * 5.9604644775390625e-08", 8),
    "float64": _Form("f64*", 1, "f64(shr({word}, {first})) * 1.1102230246251565e-16", 11),
}


def uniform_kernel(dtype: str) -> Kernel:
    """A kernel that fills elements start to stop of `out` with draw `n` of `seed`, uniform on [0, 1).

    Whole blocks are vector code; what `start` and `stop` cut off a block is made one number at a time.

    Args:
        dtype: "float32" or "float64".

    Returns:
        `uniform(start, stop, seed, n, out)`: `seed` and `n` are arrays of one int64 that holds the bits of the
        unsigned number, `out` the whole draw, of any size.

    Example:
        >>> import numpy as np
        >>> from chainrule.program.loops.interpreted import python_function
        >>> out = np.zeros(9, np.float32)
        >>> python_function(uniform_kernel("float32"))(0, 9, np.array([7]), np.array([3]), out)
        >>> counter = np.array([0, 3, 0, 0], np.uint64)
        >>> drawn = np.random.Generator(np.random.Philox(key=np.array([7, 0], np.uint64), counter=counter))
        >>> bool((out == drawn.random(9, dtype=np.float32)).all())
        True
    """
    form = _FORMS[dtype]
    per_block = 4 * form.per_word
    stores = "".join(
        f"out[block * {per_block} + {word * form.per_word + part}] = "
        f"{form.number.format(word=f'word_{word}', first=form.first + 32 * part)}\n"
        for word in range(4)
        for part in range(form.per_word)
    )
    if form.per_word == 2:
        one = form.number.format(word="words[shr(j, 1)]", first=f"{form.first} + ((j & 1) << 5)")
    else:
        one = form.number.format(word="words[j]", first=form.first)
    text = f"""\
def uniform(start, stop, seed, n, out):
    key = seed[0]
    draw = n[0]
    first = (start + {per_block - 1}) // {per_block}
    last = stop // {per_block}
    for block in vector(first, last):
{_indented(_ROUNDS.replace("UPPER", "upper_i64"), 8)}{_indented(stores, 8)}\
    words = local(i64, 4)
    for end in range(2):  # the block that start cuts, the block that stop cuts
        low = start // {per_block} if end == 0 else last
        for block in range(low, first if end == 0 else (stop + {per_block - 1}) // {per_block}):
{_indented(_ROUNDS.replace("UPPER", "mulhi"), 12)}\
            words[0] = word_0
            words[1] = word_1
            words[2] = word_2
            words[3] = word_3
            for j in range(maximum(start - block * {per_block}, 0), minimum(stop - block * {per_block}, {per_block})):
                out[block * {per_block} + j] = {one}
"""
    return Kernel("uniform", text, (("seed", "i64*"), ("n", "i64*"), ("out", form.pointer)))


def _indented(text: str, depth: int) -> str:
    return "".join(" " * depth + line for line in text.splitlines(keepends=True))
