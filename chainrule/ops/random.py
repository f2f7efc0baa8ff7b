"""Random numbers by counter: draw n of a generator is always the same array, whoever asks for it and when.

Draw n of seed s is NumPy's Philox4x64 with key (s, 0) and counter (0, n, 0, 0)
(J. Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011).
"""

from chainrule.ops.layout import c_order
from chainrule.ops.program import Primitive, Value

UNIFORM = Primitive(
    "uniform", lambda seed, n, shape, dtype: (Value(shape, dtype, c_order(len(shape))),),
    lambda seed, n, shape, dtype: f"uniform({seed}, {n}, {shape}, {dtype!r})",
    derivative=None, formula=r"u \sim U(0, 1)",
    preamble="""\
def uniform(seed, n, shape, dtype):
    counter = np.array([0, n, 0, 0], dtype=np.uint64)
    key = np.array([seed, 0], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter)).random(shape, dtype=dtype)
""",
)
