"""Powers as kernel text: x to the y, for any y. Emitters write out the cheap ones (x², √x, 1/x) themselves."""

# e^(y log |x|) in float64, whose digits last for a float32; then the rules of C99 (F.9.4.4) for the sign, for negative
# x, and for what is 1 whatever the other number is.
POWER_F32 = """\
def power_f32(x, y):
    z = f32(exp_f64(f64(y) * log_f64(f64(abs(x)))))
    whole = floor(y) == y
    odd = whole and floor(y * 0.5) * 2.0 != y
    z = -z if bits(x) < 0 and odd else z
    z = 1.0 if abs(x) == 1.0 and not isfinite(y) and not isnan(y) else z
    z = from_bits(i32(2143289344)) if x < 0.0 and isfinite(x) and not whole else z
    return 1.0 if x == 1.0 or y == 0.0 else z
"""

# float64 has nothing wider to spare: libm's.
POWER_F64 = """\
def power_f64(x, y):
    return pow(x, y)
"""
