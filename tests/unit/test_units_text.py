"""What quantities and units look like; the tables were made by running Brian2 2.9.0."""

import pickle

import numpy as np
import pytest
from numpy import nan

from brainsim.units import Quantity, in_best_unit, in_unit, register_new_unit
from brainsim.units.allunits import (
    Mohm,
    becquerel,
    candle,
    coulomb,
    farad,
    gram,
    gray,
    henry,
    joule,
    katal,
    kelvin,
    kgram,
    kilogram,
    litre,
    lumen,
    lux,
    metre,
    metre2,
    mliter,
    mmolar,
    molar,
    newton,
    pascal,
    second,
    siemens,
    sievert,
    tesla,
    uvolt,
    volt,
    watt,
    weber,
)
from brainsim.units.registry import UnitRegistry, best_name, user_unit_register
from brainsim.units.stdunits import (
    Hz,
    cm,
    cm2,
    mM,
    ms,
    mV,
    nM,
    nS,
    pA,
    pF,
    uF,
    um,
    um2,
    um3,
    us,
)
from brainsim.units.unit import Unit


@pytest.fixture(autouse=True)
def _no_units_of_other_tests(monkeypatch):
    """Compound units made elsewhere would be used for printing."""
    monkeypatch.setattr(user_unit_register, "_added", {})


# an expression, its repr and its str
TABLE = [
    (lambda: 3 * mV, "3. * mvolt", "3. mV"),
    (lambda: -70 * mV, "-70. * mvolt", "-70. mV"),
    (lambda: 0 * volt, "0. * volt", "0. V"),
    (lambda: 1 * volt, "1. * volt", "1. V"),
    (lambda: 0.5 * volt, "0.5 * volt", "0.5 V"),
    (lambda: 999 * mV, "0.999 * volt", "0.999 V"),
    (lambda: 300 * mV, "300. * mvolt", "300. mV"),
    (lambda: 317 * volt, "0.317 * kvolt", "0.317 kV"),
    (lambda: 1500 * ms, "1.5 * second", "1.5 s"),
    (lambda: 60 * second, "60. * second", "60. s"),
    (lambda: 1000 * second, "1. * ksecond", "1. ks"),
    (lambda: 0.1 * ms, "100. * usecond", "100. us"),
    (lambda: 100 * us, "100. * usecond", "100. us"),
    (lambda: 1 / 3 * volt, "0.33333333 * volt", "0.33333333 V"),
    (lambda: 2 / 3 * mV, "0.66666667 * mvolt", "0.66666667 mV"),
    (lambda: -70.123456789 * mV, "-70.12345679 * mvolt", "-70.12345679 mV"),
    (lambda: 12345.678 * volt, "12.345678 * kvolt", "12.345678 kV"),
    (lambda: 1e-30 * volt, "1.e-06 * yvolt", "1.e-06 yV"),
    (lambda: 1e30 * volt, "1000000. * Yvolt", "1000000. YV"),
    (lambda: nan * volt, "nan * volt", "nan V"),
    (lambda: 200 * pF, "200. * pfarad", "200. pF"),
    (lambda: 320 * pA, "0.32 * namp", "0.32 nA"),
    (lambda: 30.0 * nS, "30. * nsiemens", "30. nS"),
    (lambda: 900 * Hz, "0.9 * khertz", "0.9 kHz"),
    (lambda: 1e6 * Mohm, "1. * Tohm", "1. Tohm"),
    (lambda: 36 * cm, "0.36 * metre", "0.36 m"),
    (lambda: 1 * cm, "10. * mmetre", "10. mm"),
    (lambda: 5 * um2, "5. * umetre2", "5. um^2"),
    (lambda: 20000 * um2, "0.02 * mmetre2", "0.02 mm^2"),
    (lambda: 2e-8 * metre2, "0.02 * mmetre2", "0.02 mm^2"),
    (lambda: 300 * cm2, "0.03 * metre2", "0.03 m^2"),
    (lambda: 1e4 * metre2, "0.01 * kmetre2", "0.01 km^2"),
    (lambda: 3 * um3, "3. * umetre3", "3. um^3"),
    (lambda: 3 * litre, "0.003 * metre3", "0.003 m^3"),
    (lambda: 3 * mliter, "3000. * mmetre3", "3000. mm^3"),
    (lambda: 3000 * kilogram, "3. * Mgram", "3. Mg"),
    (lambda: 3 * gram, "3. * gram", "3. g"),
    (lambda: 3 * kgram, "3. * kilogram", "3. kg"),
    (lambda: 3e-6 * kilogram, "3. * mgram", "3. mg"),
    (lambda: 1.5 * molar, "1.5 * molar", "1.5 M"),
    (lambda: 3 * mM, "3. * mmolar", "3. mM"),
    (lambda: 100 * nM, "100. * nmolar", "100. nM"),
    (lambda: 273.15 * kelvin, "273.15 * kelvin", "273.15 K"),
    (lambda: 123456 * kelvin, "123456. * kelvin", "123456. K"),
    (lambda: 3 * newton, "3. * newton", "3. N"),
    (lambda: 3 * pascal, "3. * pascal", "3. Pa"),
    (lambda: 3 * joule, "3. * joule", "3. J"),
    (lambda: 3 * watt, "3. * watt", "3. W"),
    (lambda: 3 * coulomb, "3. * coulomb", "3. C"),
    (lambda: 3 * tesla, "3. * tesla", "3. T"),
    (lambda: 3 * weber, "3. * weber", "3. Wb"),
    (lambda: 3 * henry, "3. * henry", "3. H"),
    (lambda: 3 * katal, "3. * katal", "3. kat"),
    (lambda: 3 * lumen, "3. * candle", "3. cd"),
    (lambda: 3 * lux, "3. * lux", "3. lx"),
    (lambda: 3 * becquerel, "3. * hertz", "3. Hz"),
    (lambda: 3 * gray, "3. * gray", "3. Gy"),
    (lambda: 3 * sievert, "3. * gray", "3. Gy"),
    (lambda: 2 / second, "2. * hertz", "2. Hz"),
    (lambda: 2 / nS, "2. * Gohm", "2. Gohm"),
    (
        lambda: 2 / (2 * mV),
        "1000. * metre ** -2 * kilogram ** -1 * second ** 3 * amp",
        "1000. m^-2 kg^-1 s^3 A",
    ),
    (lambda: (3 * mV) * (2 * ms), "6. * uweber", "6. uWb"),
    (lambda: (3 * nS) * (2 * mV), "6. * pamp", "6. pA"),
    (lambda: (3 * mV) ** 2, "9. * mvolt2", "9. mV^2"),
    (lambda: (3 * mV) ** 3, "27. * mvolt3", "27. mV^3"),
    (
        lambda: (3 * mV) ** 0.5,
        "0.05477226 * metre * kilogram ** 0.5 * second ** -1.5 * amp ** -0.5",
        "0.05477226 m kg^0.5 s^-1.5 A^-0.5",
    ),
    (lambda: second**-2 * 5, "5. * hertz2", "5. Hz^2"),
    (
        lambda: 3 * volt / second,
        "3. * metre ** 2 * kilogram * second ** -4 * amp ** -1",
        "3. m^2 kg s^-4 A^-1",
    ),
    (lambda: 3 * (volt / second), "3. * volt / second", "3. V/s"),
    (lambda: 3 * (nS / cm2), "3. * nsiemens / cmetre2", "3. nS/cm^2"),
    (
        lambda: 5 * uF / cm2,
        "0.05 * metre ** -4 * kilogram ** -1 * second ** 4 * amp ** 2",
        "0.05 m^-4 kg^-1 s^4 A^2",
    ),
    (
        lambda: 100 * siemens / metre2,
        "100. * metre ** -4 * kilogram ** -1 * second ** 3 * amp ** 2",
        "100. m^-4 kg^-1 s^3 A^2",
    ),
    (lambda: 3 * joule / kelvin, "3. * joule / kelvin", "3. J/K"),
    (lambda: 3 * farad / metre, "3. * farad / metre", "3. F/m"),
    (lambda: 3 * second**-0.5, "3. * second ** -0.5", "3. s^-0.5"),
    (lambda: 3 * metre / second, "3. * metre * second ** -1", "3. m s^-1"),
    (lambda: (1 + 2j) * mV, "1.+2.j * mvolt", "1.+2.j mV"),
    (lambda: [1, 2] * nS, "array([1., 2.]) * nsiemens", "[1. 2.] nS"),
    (lambda: [-70, -60.5] * mV, "array([-70. , -60.5]) * mvolt", "[-70.  -60.5] mV"),
    (lambda: [1e-3, 1] * volt, "array([   1., 1000.]) * mvolt", "[   1. 1000.] mV"),
    (
        lambda: [1e-6, 1e-3, 1] * volt,
        "array([1.e-03, 1.e+00, 1.e+03]) * mvolt",
        "[1.e-03 1.e+00 1.e+03] mV",
    ),
    (
        lambda: [1e-9, 1, 1e9] * volt,
        "array([1.e-09, 1.e+00, 1.e+09]) * volt",
        "[1.e-09 1.e+00 1.e+09] V",
    ),
    (lambda: [0, 1e-3] * volt, "array([0., 1.]) * mvolt", "[0. 1.] mV"),
    (lambda: [0, 0] * volt, "array([0., 0.]) * volt", "[0. 0.] V"),
    (lambda: [nan, 1e-3] * volt, "array([nan,  1.]) * mvolt", "[nan  1.] mV"),
    (lambda: [-1e-3, 2] * volt, "array([-1.e+00,  2.e+03]) * mvolt", "[-1.e+00  2.e+03] mV"),
    (lambda: [500] * volt, "array([0.5]) * kvolt", "[0.5] kV"),
    (lambda: [] * volt, "array([], dtype=float64) * volt", "[] V"),
    (
        lambda: [[1, 2], [3, 4]] * mV,
        "array([[1., 2.],\n       [3., 4.]]) * mvolt",
        "[[1. 2.]\n [3. 4.]] mV",
    ),
    (lambda: range(3) * mV, "array([0., 1., 2.]) * mvolt", "[0. 1. 2.] mV"),
    (lambda: (1, 2) * ms, "array([1., 2.]) * msecond", "[1. 2.] ms"),
    (lambda: Quantity(3.0), "Quantity(3.)", "3."),
    (lambda: Quantity([1.0, 2.0]), "Quantity(array([1., 2.]))", "[1. 2.]"),
    (
        lambda: Quantity([1 * mV, 2 * mV, 3 * uvolt]),
        "array([1000., 2000.,    3.]) * uvolt",
        "[1000. 2000.    3.] uV",
    ),
    (lambda: mV, "mvolt", "mV"),
    (lambda: kgram, "kgram", "kg"),
    (lambda: Mohm, "Mohm", "Mohm"),
    (lambda: cm2, "cmetre2", "cm^2"),
    (lambda: metre2, "metre2", "m^2"),
    (lambda: candle, "candle", "cd"),
    (lambda: mmolar, "mmolar", "mM"),
    (lambda: nS * mV, "nsiemens * mvolt", "nS mV"),
    (lambda: nS * mV * ms, "nsiemens * mvolt * msecond", "nS mV ms"),
    (lambda: volt / second, "volt / second", "V/s"),
    (lambda: volt / (second * metre), "volt / (second * metre)", "V/(s m)"),
    (lambda: volt / second / metre, "(volt / second) / metre", "(V/s)/m"),
    (lambda: siemens / metre**2, "siemens / (metre ** 2)", "S/(m^2)"),
    (lambda: siemens * metre**-2, "siemens * metre ** -2", "S m^-2"),
    (lambda: 1 / ms, "msecond ** -1", "ms^-1"),
    (lambda: (volt / second) ** 2, "(volt / second) ** 2", "(V/s)^2"),
    (lambda: mV**2 * ms, "mvolt ** 2 * msecond", "mV^2 ms"),
    (lambda: volt**0.5, "volt ** 0.5", "V^0.5"),
    (lambda: nS**1, "nsiemens ** 1", "nS^1"),
]


@pytest.mark.parametrize(("make", "names", "symbols"), TABLE)
def test_text_is_that_of_the_tradition(make, names, symbols):
    value = make()
    assert repr(value) == names
    assert str(value) == symbols
    assert f"{value}" == symbols


FORMATS = [
    (lambda: f"{3 * mV:.3f}", "0.003"),
    (lambda: f"{3 * mV:g}", "0.003"),
    (lambda: f"{3 * mV:10}", "     0.003"),
    (lambda: f"{mV:.3f}", "0.001"),
    (lambda: f"{3 * mV!r}", "3. * mvolt"),
    (lambda: "%f" % (3 * mV), "0.003000"),
    (lambda: "%s" % (3 * mV), "3. mV"),
    (lambda: f"{(3.5 * mV) / mV:.1f} mV", "3.5 mV"),
    (lambda: str([3 * mV, 2 * ms]), "[3. * mvolt, 2. * msecond]"),
    (lambda: in_unit(3 * mV, volt), "0.003 V"),
    (lambda: in_unit([1, 2] * mV, volt), "[0.001 0.002] V"),
    (lambda: in_unit(3.14159265358979 * mV, mV), "3.14159265 mV"),
    (lambda: in_unit(3.14159265358979 * mV, mV, precision=3), "3.142 mV"),
    (lambda: in_unit(3.14159265358979 * mV, mV, 15), "3.14159265358979 mV"),
    (lambda: in_unit(10 * nS / um2, siemens / cm**2), "1. S/(cm^2)"),
    (lambda: (3.14159 * mV).in_unit(mV, 2, python_code=True), "3.14 * mvolt"),
    (lambda: ([1, 2] * mV).in_unit(mV, python_code=True), "array([1., 2.]) * mvolt"),
    (lambda: mV.in_unit(volt), "0.001 V"),
    (lambda: in_best_unit(3.14159265358979 * mV, precision=3), "3.142 mV"),
    (lambda: in_best_unit([1, 2] * mV), "[1. 2.] mV"),
    (lambda: in_best_unit(mV), "1. mV"),
    (lambda: in_best_unit(3.14159265358979, 3), "3.142"),
    (lambda: (3.14159 * mV).in_best_unit(2, python_code=True), "3.14 * mvolt"),
]


@pytest.mark.parametrize(("make", "text"), FORMATS)
def test_formatted_text_is_that_of_the_tradition(make, text):
    assert make() == text


def test_print_options_of_numpy_count():
    with np.printoptions(precision=3):
        assert str(3.14159 * mV) == "3.142 mV"
        assert repr([3.14159, 2] * mV) == "array([3.142, 2.   ]) * mvolt"


def test_array_with_a_number_format_is_refused():
    with pytest.raises(TypeError, match="format"):
        format([1, 2] * mV, ".3f")


def test_only_what_is_printed_of_a_large_array_decides_about_its_unit():
    values = np.full(1001, 1e-9)
    values[:3] = values[-3:] = 1
    assert str((values * volt).get_best_unit()) == "V"
    assert str((values[:1000] * volt).get_best_unit()) == "nV"
    square = np.full((40, 40), 1e-9)
    for rows in (slice(3), slice(-3, None)):
        for columns in (slice(3), slice(-3, None)):
            square[rows, columns] = 1
    assert str((square * volt).get_best_unit()) == "V"


def test_infinity_does_not_choose_a_prefix():
    assert repr(np.inf * volt) == "inf * volt"
    assert repr([np.inf, 1e-3] * volt) == "array([inf,  1.]) * mvolt"


def test_compound_unit_is_used_for_printing_from_then_on():
    assert str(3 * volt / second) == "3. m^2 kg s^-4 A^-1"
    slope = mV / ms
    assert str(3 * volt / second) == "3. mV/ms"
    assert str([3e-3, 1] * slope) == "[0.003 1.   ] mV/ms"


def test_last_compound_unit_of_a_size_wins():
    first, second_one = volt / second, mV / ms
    assert first == second_one
    assert str(3 * first) == "3. mV/ms"


def test_the_only_compound_unit_is_used_whatever_the_size():
    slope = mV / second
    assert str(3e-3 * slope) == "0.003 mV/s"
    assert str(3e3 * slope) == "3000. mV/s"
    assert str(0 * slope) == "0. m^2 kg s^-4 A^-1", "nothing to choose a size by"


def test_named_unit_has_precedence_over_compound_unit():
    power = volt * (pA * 1e12).get_best_unit()
    assert power.dim is watt.dim
    assert str(3 * power) == "3. W"


def test_registered_unit_is_used():
    density = pA / um**2
    user_unit_register._added.clear()
    register_new_unit(density)
    assert str(3 * (pA / pA) * density) == "3. pA/(um^2)"
    assert str(1e-4 * (pA / pA) * density) == "0.0001 pA/(um^2)"


def test_only_units_can_be_registered():
    with pytest.raises(TypeError, match="Only units"):
        register_new_unit(3 * mV)


def test_own_registry_can_choose_the_unit():
    fathoms = UnitRegistry(lambda _: {})
    cable = Unit.create(metre.dim, "cable", "cb", scale=2)
    fathoms.add(cable.unit_name)
    assert best_name(np.array(500.0), metre.dim, fathoms).name == "cable"
    assert (500 * metre).in_best_unit(None, False, fathoms) == "5. cb"


def test_names_in_the_text_of_an_array_are_names_of_units():
    import brainsim.units.allunits as names

    for value, unit in ((3e-8 * siemens, "nsiemens"), (2e-5 * metre2, "mmetre2")):
        number, name = repr(value).split(" * ")
        assert name == unit
        assert float(float(number) * getattr(names, name)) == pytest.approx(float(value), rel=1e-15)


LATEX = [
    (lambda: mV, r"$\mathrm{m}\mathrm{V}$"),
    (lambda: 3 * mV, r"$3.0\,\mathrm{m}\mathrm{V}$"),
    (lambda: 3 * um, r"$3.0\,\mathrm{\mu}\mathrm{m}$"),
    (lambda: 3 * um2, r"$3.0\,\mathrm{\mu}\mathrm{m}^2$"),
    (lambda: volt / second, r"$\frac{\mathrm{V}}{\mathrm{s}}$"),
    (lambda: volt / (second * metre), r"$\frac{\mathrm{V}}{\mathrm{s}\,\mathrm{m}}$"),
    (lambda: (volt * metre) ** -1, r"$\left(\mathrm{V}\,\mathrm{m}\right)^{-1}$"),
    (lambda: 3 * second**-0.5, r"$3.0\,\mathrm{s}^{-0.5}$"),
    (lambda: 3 * mV / ms, r"$3.0\,\mathrm{m}^{2}\,\mathrm{kg}\,\mathrm{s}^{-4}\,\mathrm{A}^{-1}$"),
    (
        lambda: [1, 2] * mV,
        r"$\left[\begin{matrix}1. & 2.\end{matrix}\right]\,\mathrm{m}\mathrm{V}$",
    ),
    (lambda: Quantity(3.0), "$3.0$"),
    (lambda: 49.9999999999829 * nS, r"$50.0\,\mathrm{n}\mathrm{S}$"),
    (lambda: Quantity(2e30), r"$2 \cdot 10^{30}$"),
    (
        lambda: Quantity([1e30, 1.0]),
        r"$\left[\begin{matrix}1. \cdot 10^{30} & 1.\end{matrix}\right]$",
    ),
]


@pytest.mark.parametrize(("make", "text"), LATEX)
def test_latex_for_notebooks(make, text):
    assert make()._repr_latex_() == text


def test_latex_of_a_matrix_has_rows():
    text = ([[1, 2], [3, 4]] * mV)._repr_latex_()
    assert text.count(r"\\") == 1
    assert text.count("&") == 2
    assert "[1" not in text


def test_large_arrays_are_shortened_in_latex():
    text = (np.arange(2000.0) * mV)._repr_latex_()
    assert r"\dots" in text
    assert len(text) < 300


def test_more_than_two_axes_have_no_latex():
    assert (np.ones((2, 2, 2)) * mV)._repr_latex_() is None


def test_pickled_unit_prints_as_before():
    assert str(pickle.loads(pickle.dumps(nS / mV))) == "nS/mV"  # noqa: S301 - our own bytes
