"""The functions that a kernel may call by name, as text of the kernel subset: one function a data type.

Each has one `return` and neither branches nor loops, so that a loop over it becomes vector code and a call costs no
call; libm's sin, cos and pow of float64 are the exception. Every function stays within 4 units in the last place of its
value over the whole range of its argument, denormal numbers included; NaN passes, infinity and zero give what NumPy
gives, sign of zero included.
"""

from chainrule.program.loops import error_function, exponential, logarithm, philox, power, trigonometry

LIBRARY: dict[str, str] = {
    "exp_f32": exponential.EXP_F32,
    "exp_f64": exponential.EXP_F64,
    "expm1_f32": exponential.EXPM1_F32,
    "expm1_f64": exponential.EXPM1_F64,
    "tanh_f32": exponential.TANH_F32,
    "tanh_f64": exponential.TANH_F64,
    "sigmoid_f32": exponential.SIGMOID_F32,
    "sigmoid_f64": exponential.SIGMOID_F64,
    "log_f32": logarithm.LOG_F32,
    "log_f64": logarithm.LOG_F64,
    "log1p_f32": logarithm.LOG1P_F32,
    "log1p_f64": logarithm.LOG1P_F64,
    "erf_f32": error_function.ERF_F32,
    "erf_f64": error_function.ERF_F64,
    "power_f32": power.POWER_F32,
    "power_f64": power.POWER_F64,
    "sin_f32": trigonometry.SIN_F32,
    "sin_f64": trigonometry.SIN_F64,
    "cos_f32": trigonometry.COS_F32,
    "cos_f64": trigonometry.COS_F64,
    "turns_i64": trigonometry.TURNS_I64,
    "upper_i64": philox.UPPER_I64,
}
