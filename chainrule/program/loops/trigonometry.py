"""Sine and cosine as kernel text, for float32 of any size.

The angle is reduced in whole numbers (M. Payne and R. Hanek, Radian reduction for trigonometric functions, ACM SIGNUM
Newsletter 18, 1983): x = m·2^k with whole m, and of 1/(2π) only the bits count that make neither whole turns nor
anything below 2^-64 of a turn. Integers keep the fraction of a turn exactly; two of its bits are the quarter.

The polynomials are minimax fits of our own on a quarter turn (Remez exchange in 40 digits, coefficients rounded one
after the other, the rest fitted again): sine 2^-27.9, cosine 2^-33.0.
"""

# In units of 2^-64 of a turn, modulo one turn. 1/(2π) is 0, then these words; k counts from 64 bits before its point.
TURNS_I64 = """\
def turns_i64(x: f32):
    i = bits(x)
    m = i64((i & 8388607) | 8388608)
    k = maximum(i64(shr(i, 23) & 255) - 86, 0)
    s = k & 63
    a = 0 if k < 64 else (2935890503282001226 if k < 128 else 9154082963658192752)
    b = 2935890503282001226 if k < 64 else (9154082963658192752 if k < 128 else 3952090531849364496)
    c = 9154082963658192752 if k < 64 else (3952090531849364496 if k < 128 else 9193070505571053912)
    upper = (a << s) | shr(shr(b, 1), 63 - s)
    lower = (b << s) | shr(shr(c, 1), 63 - s)
    p = m * upper + shr(m * shr(lower, 32), 32)
    return -p if i < 0 else p
"""

# r: what is left of a quarter, in radians; from here on float32 has digits enough.
_QUARTER = """\
    q = shr(p + 2305843009213693952, 62)
    r = f32(f64(p - (q << 62)) * 3.4061215800865545e-19)
    z = r * r
    s = fma(z, -0.00019517897, 0.008332187)
    s = fma(z, s, -0.16666655)
    s = fma(z * r, s, r)
    c = fma(z, 2.4432327e-05, -0.001388731)
    c = fma(z, c, 0.041666646)
    c = fma(z * z, c, fma(z, -0.5, 1.0))
"""

SIN_F32 = f"""\
def sin_f32(x):
    p = turns_i64(x)
{_QUARTER}\
    y = s if (q & 1) == 0 else c
    y = -y if (q & 2) == 2 else y
    y = x if abs(x) < 0.000244140625 else y
    return y if isfinite(x) else from_bits(i32(2143289344))
"""

COS_F32 = f"""\
def cos_f32(x):
    p = turns_i64(x)
{_QUARTER}\
    y = c if (q & 1) == 0 else s
    y = -y if ((q + 1) & 2) == 2 else y
    return y if isfinite(x) else from_bits(i32(2143289344))
"""

# float64 would need a table of 1,100 bits of 1/(2π): libm's.
SIN_F64 = """\
def sin_f64(x):
    return sin(x)
"""

COS_F64 = """\
def cos_f64(x):
    return cos(x)
"""
