"""Logarithms as kernel text: log and log1p.

A number is 2^e (1 + f) with 1 + f between √½ and √2; adding the distance from √½ to 1 to its bits makes the whole
exponent e appear in the bits above the fraction. The polynomials are minimax fits of our own (Remez exchange in 40
digits, coefficients rounded one after the other, the rest fitted again); their largest relative error stands beside
them. ln 2 is split into two parts (W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980).
"""

# Denormal numbers are scaled by 2^23. (log(1 + f) - f + f²/2) / f³: 2^-27.3.
LOG_F32 = """\
def log_f32(x):
    tiny = x < 1.1754944e-38
    i = bits(x * 8388608.0 if tiny else x) + 4913933
    e = f32(shr(i, 23)) - (150.0 if tiny else 127.0)
    f = from_bits((i & 8388607) + 1060439283) - 1.0
    s = f * f
    p = fma(f, -0.076420896, 0.12770458)
    p = fma(f, p, -0.13161476)
    p = fma(f, p, 0.14200602)
    p = fma(f, p, -0.16623113)
    p = fma(f, p, 0.20001268)
    p = fma(f, p, -0.25000829)
    p = fma(f, p, 0.3333333)
    y = fma(s * f, p, s * -0.5)
    y = fma(e, -1.9046542121259336e-09, y) + f
    y = fma(e, 0.6931471824645996, y)
    y = y if x < 1e999 else x
    return y if x > 0.0 else (f32(-1e999) if x == 0.0 else from_bits(i32(2143289344)))
"""

# log(1 + f) = 2 artanh(t) with t = f / (2 + f); the series in t² is a minimax fit: 2^-59.5.
LOG_F64 = """\
def log_f64(x):
    tiny = x < 2.2250738585072014e-308
    i = bits(x * 4503599627370496.0 if tiny else x) + 2638147582215219
    e = f64(shr(i, 52)) - (1075.0 if tiny else 1023.0)
    f = from_bits((i & 4503599627370495) + 4604544271217802189) - 1.0
    t = f / (f + 2.0)
    z = t * t
    p = fma(z, 0.1479885308343257, 0.15313778717194104)
    p = fma(z, p, 0.18183574185923337)
    p = fma(z, p, 0.2222219839944651)
    p = fma(z, p, 0.28571428743907007)
    p = fma(z, p, 0.3999999999940876)
    p = fma(z, p, 0.6666666666666735)
    h = f * f * 0.5
    y = fma(t, fma(z, p, h), fma(e, 2.3190468138462996e-17, -h)) + f
    y = fma(e, 0.6931471805599453, y)
    y = y if x < 1e999 else x
    return y if x > 0.0 else (f64(-1e999) if x == 0.0 else from_bits(i64(9221120237041090560)))
"""

# f = 2^-e x + (2^-e - 1) loses nothing of x where e = 0, and no division mends the rounding of 1 + x. 2^(2-e) stays a
# normal number for every x. The polynomial is that of log.
LOG1P_F32 = """\
def log1p_f32(x):
    i = shr(bits(x + 1.0) + 4913933, 23)
    e = f32(i) - 127.0
    t = from_bits((256 - i) << 23)
    f = fma(x * 0.25, t, fma(t, 0.25, -1.0))
    s = f * f
    p = fma(f, -0.076420896, 0.12770458)
    p = fma(f, p, -0.13161476)
    p = fma(f, p, 0.14200602)
    p = fma(f, p, -0.16623113)
    p = fma(f, p, 0.20001268)
    p = fma(f, p, -0.25000829)
    p = fma(f, p, 0.3333333)
    y = fma(s * f, p, s * -0.5)
    y = fma(e, -1.9046542121259336e-09, y) + f
    y = fma(e, 0.6931471824645996, y)
    y = y if x < 1e999 else x
    y = x if abs(x) < 5.9604645e-08 else y
    return y if x > -1.0 else (f32(-1e999) if x == -1.0 else from_bits(i32(2143289344)))
"""

LOG1P_F64 = """\
def log1p_f64(x):
    i = shr(bits(x + 1.0) + 2638147582215219, 52)
    e = f64(i) - 1023.0
    t = from_bits((2048 - i) << 52)
    f = fma(x * 0.25, t, fma(t, 0.25, -1.0))
    t = f / (f + 2.0)
    z = t * t
    p = fma(z, 0.1479885308343257, 0.15313778717194104)
    p = fma(z, p, 0.18183574185923337)
    p = fma(z, p, 0.2222219839944651)
    p = fma(z, p, 0.28571428743907007)
    p = fma(z, p, 0.3999999999940876)
    p = fma(z, p, 0.6666666666666735)
    h = f * f * 0.5
    y = fma(t, fma(z, p, h), fma(e, 2.3190468138462996e-17, -h)) + f
    y = fma(e, 0.6931471805599453, y)
    y = y if x < 1e999 else x
    y = x if abs(x) < 1.1102230246251565e-16 else y
    return y if x > -1.0 else (f64(-1e999) if x == -1.0 else from_bits(i64(9221120237041090560)))
"""
