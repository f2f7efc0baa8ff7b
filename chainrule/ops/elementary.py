"""Elementary functions of one array, element by element."""

from chainrule.ops.program import Primitive
from chainrule.ops.rules import elementwise

SQRT = Primitive(
    "sqrt", elementwise("sqrt", floating=True), "np.sqrt({0})", formula=r"\sqrt{{{0}}}",
    loops="sqrt({0})",
    derivative=lambda d, a, y: (d / (2.0 * y),),
)

EXP = Primitive(
    "exp", elementwise("exp", floating=True), "np.exp({0})", formula="e^{{{0}}}",
    loops="exp_{t}({0})",
    derivative=lambda d, a, y: (d * y,),
)

EXPM1 = Primitive(
    "expm1", elementwise("expm1", floating=True), "np.expm1({0})", formula="e^{{{0}}} - 1",
    loops="expm1_{t}({0})",
    derivative=lambda d, a, y: (d * (y + 1.0),),
)

LOG = Primitive(
    "log", elementwise("log", floating=True), "np.log({0})", formula=r"\ln {0}",
    loops="log_{t}({0})",
    derivative=lambda d, a, y: (d / a,),
)

LOG1P = Primitive(
    "log1p", elementwise("log1p", floating=True), "np.log1p({0})", formula=r"\ln(1 + {0})",
    loops="log1p_{t}({0})",
    derivative=lambda d, a, y: (d / (a + 1.0),),
)

SIN = Primitive(
    "sin", elementwise("sin", floating=True), "np.sin({0})", formula=r"\sin {0}",
    loops="sin_{t}({0})",
    derivative=lambda d, a, y: (d * a.cos(),),
)

COS = Primitive(
    "cos", elementwise("cos", floating=True), "np.cos({0})", formula=r"\cos {0}",
    loops="cos_{t}({0})",
    derivative=lambda d, a, y: (-d * a.sin(),),
)

TANH = Primitive(
    "tanh", elementwise("tanh", floating=True), "np.tanh({0})", formula=r"\tanh {0}",
    loops="tanh_{t}({0})",
    derivative=lambda d, a, y: (d * (1.0 - y * y),),
)

# The textbook 1 / (1 + e^-z) overflows below -709 (float64) or -88 (float32); e^-|z| never does. Above the line
# stands 1 where z >= 0 and e elsewhere; e is never above 1, and `maximum` is three times as fast as `where`.
SIGMOID = Primitive(
    "sigmoid", elementwise("sigmoid", floating=True), "sigmoid({0})", formula=r"\sigma({0})",
    loops="sigmoid_{t}({0})",
    derivative=lambda d, a, y: (d * y * (1.0 - y),),
    preamble="""\
def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.maximum(e, z >= 0) / (1 + e)
""",
)

# Coefficients for float64: Sun Microsystems, fdlibm 5.3, s_erf.c (1993); error below one unit in the last place. For
# float32 those of Eigen's erf (one ratio in x², |x| ≤ 4), taken in float64: at most 1.6 units, eleven times as fast.
ERF = Primitive(
    "erf", elementwise("erf", floating=True), "erf({0})", formula=r"\operatorname{{erf}} {0}",
    loops="erf_{t}({0})",
    derivative=lambda d, a, y: (d * 1.1283791670955126 * (-(a * a)).exp(),),  # 2 / sqrt(pi)
    preamble="""\
def erf(z):
    def ratio(s, above, below):
        return np.polyval(above[::-1], s) / np.polyval(below[::-1], s)

    x = np.asarray(z, dtype=np.float64)
    if z.dtype == np.float32:
        x = np.clip(x, -4.0, 4.0)
        y = x * ratio(x * x,
            (-1.60960333262415e-02, -2.95459980854025e-03, -7.34990630326855e-04, -5.69250639462346e-05,
             -2.10102402082508e-06, 2.77068142495902e-08, -2.72614225801306e-10),
            (-1.42647390514189e-02, -7.37332916720468e-03, -1.68282697438203e-03, -2.13374055278905e-04,
             -1.45660718464996e-05))
        return np.clip(y, -1.0, 1.0).astype(np.float32)[()]
    a = np.abs(x)
    small = np.clip(x, -0.84375, 0.84375)
    y = small + small * ratio(small * small,
        (1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02,
         -5.77027029648944159157e-03, -2.37630166566501626084e-05),
        (1.0, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
         1.32494738004321644526e-04, -3.96022827877536812320e-06))
    middle = 8.45062911510467529297e-01 + ratio(np.clip(a, 0.84375, 1.25) - 1.0,
        (-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01,
         3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02,
         -2.16637559486879084300e-03),
        (1.0, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
         1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02))
    y = np.where(a >= 0.84375, np.sign(x) * middle, y)
    large = np.clip(a, 1.25, 6.0)
    s = 1.0 / (large * large)
    near = ratio(s,
        (-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
         -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02,
         -8.12874355063065934246e+01, -9.81432934416914548592e+00),
        (1.0, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02,
         6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02,
         6.57024977031928170135e+00, -6.04244152148580987438e-02))
    far = ratio(s,
        (-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
         -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03,
         -4.83519191608651397019e+02),
        (1.0, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03,
         3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02,
         -2.24409524465858183362e+01))
    tail = np.exp(-large * large - 0.5625 + np.where(large < 1 / 0.35, near, far)) / large
    y = np.where(a >= 1.25, np.sign(x) * (1.0 - tail), y)
    return y.astype(np.asarray(z).dtype)[()]
""",
)

ABSOLUTE = Primitive(
    "absolute", elementwise("absolute"), "np.abs({0})", formula=r"\lvert {0} \rvert",
    loops="abs({0})",
    derivative=lambda d, a, y: (d * a.sign(),), kinks=lambda a: a,
)

SIGN = Primitive(
    "sign", elementwise("sign"), "np.sign({0})", formula=r"\operatorname{{sign}} {0}",
    loops="{0} if {0} != {0} else {t}({0} > 0) - {t}({0} < 0)",
    derivative=None, kinks=lambda a: a,
)

FLOOR = Primitive(
    "floor", elementwise("floor", floating=True), "np.floor({0})", formula=r"\lfloor {0} \rfloor",
    loops="floor({0})",
    derivative=None, kinks=lambda a: a - a.round(),
)

ROUND = Primitive(
    "round", elementwise("round", floating=True), "np.round({0})", formula=r"\operatorname{{round}} {0}",
    loops="rint({0})",
    derivative=None, kinks=lambda a: a - a.floor() - 0.5,
)
