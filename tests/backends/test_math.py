"""The elementary functions of bs_math.h: accuracy, ends of the range, the same bits everywhere."""

from __future__ import annotations

import ctypes
import math
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

INCLUDE = Path(__file__).parents[2] / "codegen" / "include"
FLAGS = ("-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off", "-fPIC", "-shared")
STRICT = ("-Wall", "-Wextra", "-Werror", f"-I{INCLUDE}")
IS_X86 = platform.machine() in {"x86_64", "AMD64"}

# Largest error in units of the last place, as promised at the top of bs_math.h. Each promise is at
# most 2 (one final rounding, 1/2, and what the steps before it can add) and was rounded up from
# the largest error found on 2^22 arguments per range.
PROMISED = {
    "exp": 1.0,
    "expm1": 1.5,
    "exprel": 1.9,
    "bernoulli": 1.9,
    "log": 0.9,
    "log10": 0.8,
    "log1p": 0.9,
    "sin": 0.9,
    "cos": 0.9,
    "tan": 1.5,
    "sinh": 1.9,
    "cosh": 1.6,
    "tanh": 1.5,
    "arcsin": 0.7,
    "arccos": 1.2,
    "arctan": 1.3,
}
PROMISED_FLOAT = dict.fromkeys(PROMISED, 1.2) | {
    "exprel": 1.9,
    "bernoulli": 1.9,
    "sinh": 1.9,
    "cosh": 1.8,
    "tanh": 1.6,
    "arctan": 1.9,
}
UNARY = [*PROMISED, "sqrt", "floor", "ceil", "abs", "sign"]
BINARY = ["pow", "floordiv", "mod", "minimum", "maximum"]
SAMPLES = 1000  # arguments per range
INTEGER = ["floordiv_int64", "mod_int64"]
# no vector unit divides 64-bit integers
SCALAR_LOOPS = {"floordiv_int64", "mod_int64"}


def loop(name: str, types: str) -> str:
    """Return a C function that applies bs_<name> to arrays; types: result, then arguments."""
    result, *given_types = types.split()
    given_args = [f"const {t} *BS_RESTRICT {x}" for t, x in zip(given_types, "xyz", strict=False)]
    called = ", ".join(f"{x}[i]" for _, x in zip(given_types, "xyz", strict=False))
    listed = ", ".join([f"{result} *BS_RESTRICT out", *given_args, "int64_t n"])
    body = f"for (int64_t i = 0; i < n; i++) out[i] = bs_{name}({called});"
    return f"BS_EXPORT void loop_{name}({listed}) {{ {body} }}\n"


def source() -> str:
    """Return the C text of one loop per function."""
    lines = [
        '#include "bs_math.h"\n',
        '#ifdef __cplusplus\n#define BS_EXPORT extern "C"\n#else\n#define BS_EXPORT\n#endif\n',
    ]
    for name in UNARY:
        lines += [loop(name, "double double"), loop(f"{name}f", "float float")]
    for name in BINARY:
        lines += [loop(name, "double double double"), loop(f"{name}f", "float float float")]
    lines += [loop(name, "int64_t int64_t int64_t") for name in INTEGER]
    lines += [loop("clip", "double double double double")]
    lines += [loop("timestep", "int64_t double double")]
    lines += [loop("to_int64", "int64_t double"), loop("from_int64", "double int64_t")]
    return "".join(lines)


def build(directory: Path, *command: str, name: str = "loops") -> tuple[ctypes.CDLL, str]:
    """Compile the loops; return the library and what the compiler printed."""
    text, library = directory / f"{name}.c", directory / f"{name}.so"
    text.write_text(source())
    language = ["-x", "c++"] if "++" in command[0] else []
    argv = [
        command[0],
        *FLAGS,
        *STRICT,
        *command[1:],
        *language,
        str(text),
        "-o",
        str(library),
        "-lm",
    ]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str(library)), done.stderr


@pytest.fixture(scope="module")
def native(tmp_path_factory) -> ctypes.CDLL:
    return build(tmp_path_factory.mktemp("math"), "cc", "-std=gnu11", "-march=native")[0]


def call(library: ctypes.CDLL, name: str, *args: Any, out: Any = None) -> Any:
    """Apply a loop of the library to arrays of one dtype."""
    arrays = [np.ascontiguousarray(a) for a in np.broadcast_arrays(*args)]
    result = np.empty(arrays[0].shape, out or arrays[0].dtype)
    pointers = [ctypes.c_void_p(a.ctypes.data) for a in (result, *arrays)]
    getattr(library, f"loop_{name}")(*pointers, ctypes.c_int64(result.size))
    return result


# ------------------------------------------------------------------------------------- accuracy


def uniform_arguments(*ranges: tuple[float, float]) -> Callable[[np.random.Generator], Any]:
    return lambda rng: np.concatenate([rng.uniform(a, b, SAMPLES) for a, b in ranges])


def powers(low: float, high: float, *, both: bool = True) -> Callable[[np.random.Generator], Any]:
    def arguments(rng):
        x = np.exp2(rng.uniform(low, high, SAMPLES))
        return x * rng.choice([-1, 1], SAMPLES) if both else x

    return arguments


def together(*parts: Callable[[np.random.Generator], Any]) -> Callable[[np.random.Generator], Any]:
    return lambda rng: np.concatenate([part(rng) for part in parts])


def near(point: float, low: float = -50, high: float = -2):
    """Arguments at logarithmic distances from a point."""
    return lambda rng: point + powers(low, high)(rng)


ARGUMENTS = {
    "exp": together(uniform_arguments((-1, 1), (-745, 709), (-745, -708)), powers(-60, 3)),
    "expm1": together(uniform_arguments((-1, 1), (-45, 709)), powers(-1074, 3)),
    "exprel": together(uniform_arguments((-1, 1), (-100, 716)), powers(-1074, 3)),
    "bernoulli": together(uniform_arguments((-1, 1), (-100, 700)), powers(-1074, 3)),
    "log": together(uniform_arguments((0.5, 2)), powers(-1074, 1023, both=False), near(1)),
    "log10": together(uniform_arguments((0.5, 2)), powers(-1074, 1023, both=False), near(1)),
    "log1p": together(uniform_arguments((-1, 1)), powers(-1074, 1023, both=False), near(0)),
    "sin": together(uniform_arguments((-7, 7)), powers(-1074, 50.99), near(math.pi)),
    "cos": together(uniform_arguments((-7, 7)), powers(-1074, 50.99), near(math.pi / 2)),
    "tan": together(uniform_arguments((-7, 7)), powers(-1074, 50.99), near(math.pi / 2)),
    "sinh": together(uniform_arguments((-1.5, 1.5), (-710, 710)), powers(-1074, 3)),
    "cosh": together(uniform_arguments((-1.5, 1.5), (-710, 710)), powers(-1074, 3)),
    "tanh": together(uniform_arguments((-1.5, 1.5), (-25, 25)), powers(-1074, 3)),
    "arcsin": together(
        uniform_arguments((-1, 1), (0.45, 0.55)),
        powers(-1074, 0),
        lambda r: 1 - powers(-52, -1, both=False)(r),
    ),
    "arccos": together(
        uniform_arguments((-1, 1), (0.45, 0.55)),
        powers(-1074, 0),
        lambda r: powers(-52, -1, both=False)(r) - 1,
    ),
    "arctan": together(uniform_arguments((-1, 1), (0.4, 0.5), (2.3, 2.5)), powers(-1074, 1023)),
}


def exact(name: str, x: float) -> mpmath.mpf:
    """Return the value to 400 bits, enough for any argument to be tested here."""
    value = mpmath.mpf(x)
    if name == "exprel":
        return mpmath.expm1(value) / value if value else mpmath.mpf(1)
    if name == "bernoulli":
        return value / mpmath.expm1(value) if value else mpmath.mpf(1)
    names = {"arcsin": "asin", "arccos": "acos", "arctan": "atan"}
    return getattr(mpmath, names.get(name, name))(value)


def errors(got: Any, expected: list[mpmath.mpf], dtype: type[np.floating]) -> list[float]:
    """Return the errors in units of the last place of the rounded exact value."""
    found = []
    for y, reference in zip(got, expected, strict=True):
        rounded = dtype(float(reference))
        assert np.isfinite(rounded), "arguments are chosen to have finite results"
        unit = mpmath.mpf(float(np.spacing(np.abs(rounded))))
        found.append(float(abs(mpmath.mpf(float(y)) - reference) / unit))
    return found


@pytest.mark.parametrize("name", PROMISED)
def test_double_functions_are_as_accurate_as_promised(native, name):
    rng = np.random.default_rng(20240601)
    x = ARGUMENTS[name](rng)
    with mpmath.workprec(1200 if name in {"exprel", "bernoulli", "log1p", "expm1"} else 400):
        expected = [exact(name, v) for v in x]
        assert max(errors(call(native, name, x), expected, np.float64)) <= PROMISED[name]


@pytest.mark.parametrize("name", PROMISED)
def test_float_functions_are_as_accurate_as_promised(native, name):
    """The reference is the double function: its error is 2^-28 units of float."""
    rng = np.random.default_rng(20240602)
    x = np.concatenate(
        [ARGUMENTS[name](rng), rng.uniform(-1, 1, 20_000), rng.uniform(0, 9, 20_000)]
    )
    with np.errstate(over="ignore", under="ignore"):
        x = x.astype(np.float32)
        wide = call(native, name, x.astype(np.float64))
        narrow = wide.astype(np.float32)
    fits = np.isfinite(narrow)
    got = call(native, f"{name}f", x)
    assert np.array_equal(np.isfinite(got), fits)
    unit = np.spacing(np.abs(narrow[fits])).astype(np.float64)
    assert np.max(np.abs(got[fits].astype(np.float64) - wide[fits]) / unit) <= PROMISED_FLOAT[name]


def test_powers_are_as_accurate_as_promised(native):
    rng = np.random.default_rng(20240603)
    x = np.concatenate(
        [
            powers(-3, 3, both=False)(rng),
            powers(-1074, 1023, both=False)(rng),
            1 + powers(-40, -5)(rng),
            rng.uniform(-5, 5, SAMPLES),
        ]
    )
    y = np.concatenate(
        [
            rng.uniform(-20, 20, SAMPLES),
            rng.uniform(-0.9, 0.9, SAMPLES),
            powers(5, 14)(rng),
            rng.integers(-300, 300, SAMPLES),
        ]
    )
    with mpmath.workprec(400):
        expected = [mpmath.power(mpmath.mpf(a), mpmath.mpf(b)) for a, b in zip(x, y, strict=True)]
        keep = [i for i, v in enumerate(expected) if -1070 < mpmath.log(abs(v), 2) < 1023]
        assert len(keep) > 3 * SAMPLES
        got = call(native, "pow", x, y)[keep]
        assert max(errors(got, [expected[i] for i in keep], np.float64)) <= 1.2


def test_float_powers_are_as_accurate_as_promised(native):
    """Over the whole range of float, denormal results included; the double is the reference."""
    rng = np.random.default_rng(20240604)
    x = np.concatenate([powers(-149, 127, both=False)(rng), 1 + powers(-23, -5)(rng)])
    y = np.concatenate([rng.uniform(-8, 8, SAMPLES), powers(3, 20)(rng)])
    x, y = x.astype(np.float32), y.astype(np.float32)
    wide = call(native, "pow", x.astype(np.float64), y.astype(np.float64))
    with np.errstate(over="ignore", under="ignore"):
        narrow = wide.astype(np.float32)
    got, fits = call(native, "powf", x, y), np.isfinite(narrow)
    assert np.array_equal(got[~fits], narrow[~fits])
    unit = np.spacing(narrow[fits]).astype(np.float64)
    assert np.max(np.abs(got[fits].astype(np.float64) - wide[fits]) / unit) <= 0.6


def test_sine_holds_next_to_multiples_of_half_pi(native):
    """The doubles nearest to multiples of pi / 2 in each binade: the hardest reductions there are.

    Their mantissas are the numerators of convergents of (pi / 2) / 2^(e - 52).
    """
    with mpmath.workprec(400):
        worst = []
        for e in range(51):
            rest = mpmath.pi / 2 / mpmath.mpf(2) ** (e - 52)
            before, numerator = 1, int(mpmath.floor(rest))
            while True:
                rest = 1 / (rest - mpmath.floor(rest))
                following = int(mpmath.floor(rest)) * numerator + before
                if following >= 2**53:
                    break
                before, numerator = numerator, following
            # a multiple of a close numerator is nearly as close, and fills the mantissa
            worst.append(math.ldexp(numerator * (2**53 // numerator), e - 52))
        for name in ("sin", "cos", "tan"):
            expected = [exact(name, v) for v in worst]
            found = errors(call(native, name, np.array(worst)), expected, np.float64)
            assert max(found) <= PROMISED[name]


def test_log10_is_exact_at_powers_of_ten(native):
    exponents = np.arange(23)  # 10^22 is the largest power of ten that double holds
    assert np.array_equal(call(native, "log10", 10.0**exponents), exponents)


# ----------------------------------------------------------------------------- ends of the range

SPECIAL = np.array(
    [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 2.3e-308, 1e-300,
     1.7976931348623157e308, -1.7976931348623157e308, 709.8, 710.5, -745.2, -746.0, -1e6, 1e6]
)  # fmt: skip
SPECIAL_POWER = np.array(
    [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, np.inf, -np.inf, np.nan, 1e300, -1e300,
     5e-324, -5e-324, 2.0**53, 2.0**53 - 1, -(2.0**53) + 1, 1.0 + 2.0**-52, 1.0 - 2.0**-53]
)  # fmt: skip


def same(got: Any, expected: Any, units: float) -> Any:
    """Whether values are equal up to rounding, with NaN equal to NaN and -0 unequal to 0."""
    with np.errstate(all="ignore"):
        close = np.abs(got - expected) <= units * np.spacing(np.abs(expected))
    equal = (got == expected) & (np.signbit(got) == np.signbit(expected))
    return equal | (np.isnan(got) & np.isnan(expected)) | (close & (expected != 0))


@pytest.mark.parametrize("name", [n for n in UNARY if n not in {"exprel", "bernoulli"}])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_special_arguments_give_what_numpy_gives(native, name, dtype):
    """Infinities, NaN, denormals, over- and underflow, signs of zero (NumPy is within 4 units)."""
    with np.errstate(all="ignore"):
        x = SPECIAL.astype(dtype)
        if name in {"sin", "cos", "tan"}:
            x = x[~(np.abs(x) >= 2.0**51) | np.isinf(x)]
        expected = getattr(np, name)(x)
    got = call(native, name + ("f" if dtype is np.float32 else ""), x)
    assert same(got, expected, 4).all(), np.stack([x, got, expected])[:, ~same(got, expected, 4)]


def test_exprel_at_its_ends(native):
    x = np.array([0.0, -0.0, 1e-300, -np.inf, np.inf, np.nan, 716.5, -1e300, 720.0, 710.0])
    expected = [1, 1, 1, 0, np.inf, np.nan, np.inf, 1e-300, np.inf, 3.147e305]
    got = call(native, "exprel", x)
    assert np.allclose(got, expected, rtol=1e-3, atol=0, equal_nan=True)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bernoulli_at_its_ends(native, dtype):
    """No argument but NaN gives NaN; far down it is -x, far up 0, and between them 1/exprel."""
    name = "bernoulli" + ("f" if dtype is np.float32 else "")
    x = np.array([0.0, -0.0, 1e-40, -5e-45, 800, np.inf, -np.inf, -3e38, np.nan], dtype)
    expected = np.array([1, 1, 1, 1, 0, 0, np.inf, 3e38, np.nan], dtype)
    assert np.array_equal(call(native, name, x), expected, equal_nan=True)
    x = np.array([60.0, 85.0, 95.0, 104.0], dtype)  # the last two are denormal in float32
    expected = (x / np.expm1(x.astype(np.float64))).astype(dtype)
    assert same(call(native, name, x), expected, 2).all()


@pytest.mark.parametrize(("name", "dtype"), [("pow", np.float64), ("powf", np.float32)])
def test_powers_of_special_numbers_follow_the_c_standard(native, name, dtype):
    with np.errstate(all="ignore"):
        x, y = (a.ravel() for a in np.meshgrid(*[SPECIAL_POWER.astype(dtype)] * 2))
        expected = np.power(x, y)
    got = call(native, name, x, y)
    bad = ~same(got, expected, 2)
    assert not bad.any(), np.stack([x, y, got, expected])[:, bad]


def test_trigonometric_functions_of_senseless_arguments_are_nan(native):
    x = np.array([2.0**51, -1e300, np.inf])
    for name in ("sin", "cos", "tan"):
        assert np.isnan(call(native, name, x)).all()


# --------------------------------------------------------------------- division, steps, integers

MODERATE = st.floats(1e-150, 1e150) | st.floats(-1e150, -1e-150) | st.sampled_from([0.0, -0.0])
INT64 = st.integers(-(2**63), 2**63 - 1) | st.integers(-20, 20)


def bits(x: float) -> bytes:
    return np.float64(x).tobytes()


@given(a=MODERATE, b=MODERATE.filter(bool))
@example(1.0, 0.1)
@example(-1e-20, 1.0)
@example(-4.0, 2.0)
@example(4.0, -2.0)
@example(-0.0, 3.0)
@example(6.0, -0.1)
def test_floor_division_of_floats_is_pythons(native, a, b):
    """Bit for bit, signs of zero included; the remainder where it means something."""
    x, y = np.array([a]), np.array([b])
    if abs(a / b) < 2.0**53:
        assert bits(call(native, "floordiv", x, y)[0]) == bits(a // b)
        assert bits(call(native, "mod", x, y)[0]) == bits(a % b)
    else:
        assert np.isnan(call(native, "mod", x, y)[0])


@given(a=st.integers(-10, 10), b=st.sampled_from([np.inf, -np.inf]))
def test_infinite_divisors_are_pythons(native, a, b):
    x, y = np.array([float(a)]), np.array([b])
    assert bits(call(native, "floordiv", x, y)[0]) == bits(float(a) // b)
    assert bits(call(native, "mod", x, y)[0]) == bits(float(a) % b)


def test_division_by_zero_and_of_infinity_gives_no_number(native):
    x, y = np.array([1.0, 0.0, np.inf, np.nan, 1.0]), np.array([0.0, 0.0, 2.0, 1.0, np.nan])
    assert np.isnan(call(native, "mod", x, y)).all()
    quotient = call(native, "floordiv", x, y)
    assert quotient[0] == np.inf
    assert np.isnan(quotient[1:]).all()


@given(a=INT64, b=INT64)
@example(-(2**63), -1)
@example(5, 0)
def test_floor_division_of_integers_is_pythons(native, a, b):
    """Division by zero gives 0, and the one quotient that overflows wraps: neither may trap."""
    x, y = np.array([a]), np.array([b])
    quotient, remainder = divmod(a, b) if b else (0, 0)
    wrapped = (quotient + 2**63) % 2**64 - 2**63
    assert call(native, "floordiv_int64", x, y)[0] == wrapped
    assert call(native, "mod_int64", x, y)[0] == remainder


@given(k=st.integers(-(10**9), 10**9), dt=st.floats(1e-6, 1e-2), part=st.floats(0, 0.99))
def test_timestep_counts_whole_steps(native, k, dt, part):
    t = k * dt + part * dt
    got = call(native, "timestep", np.array([t]), np.array([dt]), out=np.int64)[0]
    assert got == int((t + 1e-3 * dt) / dt)


def test_timestep_is_robust_and_saturates(native):
    dt = 1e-4
    steps = np.arange(100_000)
    assert np.array_equal(call(native, "timestep", steps * dt, dt, out=np.int64), steps)
    ends = np.array([np.inf, -np.inf, np.nan, 1e300])
    limit = 2**51
    got = call(native, "timestep", ends, dt, out=np.int64)
    assert got.tolist() == [limit, -limit, -limit, limit]


@given(INT64)
def test_integers_become_the_nearest_double(native, i):
    assert call(native, "from_int64", np.array([i]), out=np.float64)[0] == float(i)


@given(st.floats(-(2.0**51), 2.0**51))
def test_doubles_are_cut_to_integers(native, x):
    assert call(native, "to_int64", np.array([x]), out=np.int64)[0] == int(x)


@given(st.tuples(*[st.floats(allow_nan=True)] * 3))
def test_limits_follow_comparisons(native, numbers):
    """Clip lets NaN through, minimum and maximum hand it on."""
    x, low, high = numbers
    expected = min(max(x, low), high)  # as clip, these return the first one unless the other wins
    got = call(native, "clip", *(np.array([v]) for v in numbers))[0]
    assert got == expected or (math.isnan(got) and math.isnan(expected))
    for name in ("minimum", "maximum"):
        got = call(native, name, np.array([x]), np.array([low]))[0]
        assert np.array_equal(got, getattr(np, name)(x, low), equal_nan=True)


# -------------------------------------------------------------------- the same bits, and vectors


def everything(library: ctypes.CDLL) -> bytes:
    """Return the results of every function on many arguments, as bytes."""
    rng = np.random.default_rng(7)
    x = np.concatenate(
        [SPECIAL, rng.normal(size=2000), powers(-1074, 1023)(rng), powers(-9, 9)(rng)]
    )
    y = rng.permutation(x)
    small = np.clip(x, -3e38, 3e38).astype(np.float32)
    found = []
    for name in UNARY:
        found += [call(library, name, x), call(library, f"{name}f", small)]
    for name in BINARY:
        found += [call(library, name, x, y), call(library, f"{name}f", small, small[::-1])]
    # the payload of NaN is not promised
    return b"".join(np.where(np.isnan(a), a.dtype.type(np.nan), a).tobytes() for a in found)


def other_builds() -> list[tuple[str, ...]]:
    """Return compiler commands whose results must be the same."""
    builds = [("cc", "-std=gnu11", "-O0")]
    if IS_X86:
        builds += [("cc", "-std=gnu11", f"-march=x86-64{v}") for v in ("", "-v3")]
    if shutil.which("g++"):
        builds.append(("g++", "-std=gnu++17", "-march=native"))
    if shutil.which("clang"):
        builds.append(("clang", "-std=gnu11", "-march=native"))
    return builds


def cc_is_gcc() -> bool:
    """Whether the default compiler is gcc."""
    cc = shutil.which("cc") or "cc"
    done = subprocess.run([cc, "--version"], capture_output=True, text=True, check=True)
    return "Free Software Foundation" in done.stdout


@pytest.mark.parametrize("command", other_builds(), ids=" ".join)
def test_every_compiler_and_instruction_set_gives_the_same_bits(native, tmp_path, command):
    """C or C++, optimised or not, with or without vectors; and no compiler warns."""
    assert everything(build(tmp_path, *command)[0]) == everything(native)


@pytest.mark.skipif(not (IS_X86 and cc_is_gcc()), reason="the report's wording is gcc's")
def test_every_loop_is_vectorised_without_avx512(tmp_path):
    report = build(tmp_path, "cc", "-std=gnu11", "-march=x86-64-v3", "-fopt-info-vec-optimized")[1]
    done = {int(line.split(":")[1]) for line in report.splitlines() if "loop vectorized" in line}
    left = [
        text.split("void loop_")[1].split("(")[0]
        for number, text in enumerate(source().splitlines(), 1)
        if "void " in text and number not in done
    ]
    assert set(left) <= SCALAR_LOOPS


def test_fast_math_is_refused(tmp_path):
    text = tmp_path / "fast.c"
    text.write_text('#include "bs_math.h"\n')
    argv = ["cc", "-ffast-math", *STRICT, "-c", str(text), "-o", str(tmp_path / "fast.o")]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "compile without -ffast-math" in done.stderr


def test_headers_stay_small_for_the_compiler(tmp_path):
    """Every model includes both headers: 100 kB of text are parsed in about 5 ms."""
    text = tmp_path / "empty.c"
    text.write_text('#include "bs_math.h"\n#include "bs_random.h"\n')
    argv = ["cc", "-std=gnu11", "-march=native", "-E", "-P", *STRICT, str(text)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert len(done.stdout) < 100_000
