"""Exponential functions as kernel text: exp and expm1, the hyperbolic tangent and the logistic sigmoid.

Both exponentials write x = n ln 2 + r with n whole and split ln 2 into two parts, so that r keeps its last bits
(W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980, chapter 6). Adding 1.5·2^23 (float64:
1.5·2^52) to a number leaves it rounded to a whole number in the low bits of the sum; shifted into the place of the
exponent they are 2^n, without a conversion that NaN could spoil; a limit is a choice that NaN passes.

The polynomials are minimax fits of our own (Remez exchange in 40 digits, coefficients rounded one after the other, the
rest fitted again); their largest relative error stands beside them.
"""

# Half of n is taken, so that 2^n = s·s holds from the smallest denormal number to the largest number; |r| ≤ ln 2.
# (e^r - 1 - r) / r²: 2^-26.0.
EXP_F32 = """\
def exp_f32(x):
    z = 89.0 if x > 89.0 else x
    z = -104.0 if z < -104.0 else z
    w = fma(z, 0.7213475, 12582912.0)
    n = w - 12582912.0
    r = fma(n, 3.809308424251867e-09, fma(n, -1.3862943649291992, z))
    p = fma(r, 0.00019633959, 0.0014106605)
    p = fma(r, p, 0.008335997)
    p = fma(r, p, 0.04166116)
    p = fma(r, p, 0.16666615)
    p = fma(r, p, 0.50000036)
    p = fma(r * r, p, r) + 1.0
    s = from_bits((bits(w) << 23) + 1065353216)
    return p * s * s
"""

# The same; 2^-55.4.
EXP_F64 = """\
def exp_f64(x):
    z = 710.0 if x > 710.0 else x
    z = -746.0 if z < -746.0 else z
    w = fma(z, 0.7213475204444817, 6755399441055744.0)
    n = w - 6755399441055744.0
    r = fma(n, -4.638093627692599e-17, fma(n, -1.3862943611198906, z))
    p = fma(r, 1.599570672917439e-10, 2.1065316754344364e-09)
    p = fma(r, p, 2.5054365851022232e-08)
    p = fma(r, p, 2.7556125532364056e-07)
    p = fma(r, p, 2.75573030166161e-06)
    p = fma(r, p, 2.480159094811232e-05)
    p = fma(r, p, 0.0001984126989077994)
    p = fma(r, p, 0.0013888888883420692)
    p = fma(r, p, 0.008333333333265821)
    p = fma(r, p, 0.04166666666670254)
    p = fma(r, p, 0.16666666666666993)
    p = fma(r, p, 0.4999999999999993)
    p = fma(r * r, p, r) + 1.0
    s = from_bits((bits(w) << 52) + 4607182418800017408)
    return p * s * s
"""

# e^x - 1 = 2^n (e^r - 1) + (2^n - 1), |r| ≤ ln 2 / 2; with s = 2^(n-1) the largest results stay in range, and numbers
# too small for their square to count are themselves the result, sign of zero included. (e^r - 1 - r) / r²: 2^-26.0.
EXPM1_F32 = """\
def expm1_f32(x):
    z = 89.0 if x > 89.0 else x
    z = -18.0 if z < -18.0 else z
    w = fma(z, 1.442695, 12582912.0)
    n = w - 12582912.0
    r = fma(n, 1.9046542121259336e-09, fma(n, -0.6931471824645996, z))
    p = fma(r, 0.0013841385, 0.008367716)
    p = fma(r, p, 0.041667715)
    p = fma(r, p, 0.16666535)
    p = fma(r, p, 0.49999997)
    p = fma(r * r, p, r)
    s = from_bits((bits(w) << 23) + 1056964608)
    y = fma(s, p, s - 0.5)
    return x if abs(x) < 5.9604645e-08 else y + y
"""

# The same; 2^-57.3.
EXPM1_F64 = """\
def expm1_f64(x):
    z = 710.0 if x > 710.0 else x
    z = -38.0 if z < -38.0 else z
    w = fma(z, 1.4426950408889634, 6755399441055744.0)
    n = w - 6755399441055744.0
    r = fma(n, -2.3190468138462996e-17, fma(n, -0.6931471805599453, z))
    p = fma(r, 1.639869755173267e-09, 2.5101362319572942e-08)
    p = fma(r, p, 2.7571917650057197e-07)
    p = fma(r, p, 2.755726610807925e-06)
    p = fma(r, p, 2.4801570272766806e-05)
    p = fma(r, p, 0.00019841269865394895)
    p = fma(r, p, 0.0013888888897429224)
    p = fma(r, p, 0.008333333333328688)
    p = fma(r, p, 0.04166666666664935)
    p = fma(r, p, 0.1666666666666667)
    p = fma(r, p, 0.5000000000000001)
    p = fma(r * r, p, r)
    s = from_bits((bits(w) << 52) + 4602678819172646912)
    y = fma(s, p, s - 0.5)
    return x if abs(x) < 1.1102230246251565e-16 else y + y
"""

# tanh |x| = t / (t + 2) with t = e^2|x| - 1: all digits near zero, and never above 1.
TANH_F32 = """\
def tanh_f32(x):
    z = abs(x) * 2.0
    t = expm1_f32(20.0 if z > 20.0 else z)
    return copysign(t / (t + 2.0), x)
"""

TANH_F64 = """\
def tanh_f64(x):
    z = abs(x) * 2.0
    t = expm1_f64(40.0 if z > 40.0 else z)
    return copysign(t / (t + 2.0), x)
"""

# e^-|x| never overflows; above the line stands 1 for x ≥ 0 and e^-|x| elsewhere, so that the far left keeps all its
# digits down to the denormal numbers.
SIGMOID_F32 = """\
def sigmoid_f32(x):
    e = exp_f32(-abs(x))
    return (1.0 if x >= 0.0 else e) / (e + 1.0)
"""

SIGMOID_F64 = """\
def sigmoid_f64(x):
    e = exp_f64(-abs(x))
    return (1.0 if x >= 0.0 else e) / (e + 1.0)
"""
