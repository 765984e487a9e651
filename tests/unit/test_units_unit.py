"""Units: names, arithmetic of names, tables, constants, questions about dimensions."""

import copy
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import brainsim.units
from brainsim.units import (
    DEFAULT_UNITS,
    DIMENSIONLESS,
    DimensionMismatchError,
    Quantity,
    Unit,
    allunits,
    constants,
    fail_for_dimension_mismatch,
    fundamentalunits,
    get_dimensions,
    get_unit,
    have_same_dimensions,
    is_base_unit,
    is_dimensionless,
    is_scalar_type,
    stdunits,
)
from brainsim.units.allunits import (
    Mohm,
    ampere,
    celsius,
    gram,
    hertz,
    kelvin,
    kgram,
    kilogram,
    litre,
    meter,
    metre,
    metre2,
    mmetre,
    mmolar,
    molar,
    mvolt,
    radian,
    second,
    umetre2,
    volt,
    watt,
)
from brainsim.units.names import SI_PREFIXES, STAR_NAMES, names_in_equations
from brainsim.units.registry import user_unit_register
from brainsim.units.stdunits import Hz, cm, ms, mV, nS


@pytest.fixture(autouse=True)
def _no_units_of_other_tests(monkeypatch):
    """Compound units made elsewhere would be used for printing."""
    monkeypatch.setattr(user_unit_register, "_added", {})


every_name = st.sampled_from(sorted(set(allunits.__all__) - {"celsius"}))


@given(every_name)
def test_every_unit_is_a_power_of_ten_with_its_own_name(name):
    unit = getattr(allunits, name)
    assert type(unit) is Unit
    assert float(unit) == float(f"1e{unit.scale}")
    assert unit.name == {"candela": "candle"}.get(name, name)
    assert unit.shape == ()
    assert getattr(allunits, name) is unit


@given(every_name, every_name)
def test_arithmetic_of_units_is_that_of_quantities(left, right):
    a, b = getattr(allunits, left), getattr(allunits, right)
    for unit, dim, value in (
        (a * b, a.dim * b.dim, 10.0 ** (a.scale + b.scale)),
        (a / b, a.dim / b.dim, 10.0 ** (a.scale - b.scale)),
        (a**2, a.dim**2, 10.0 ** (2 * a.scale)),
    ):
        assert type(unit) is Unit
        assert unit.dim is dim
        # 10**n is within one unit in the last place
        assert float(unit) == pytest.approx(value, rel=2**-52)


@given(every_name)
def test_pickle_and_copy_of_units(name):
    unit = getattr(allunits, name) * ms
    assert copy.copy(unit) is unit
    assert copy.deepcopy(unit) is unit
    again = pickle.loads(pickle.dumps(unit))  # noqa: S301 - our own bytes
    assert type(again) is Unit
    assert (again.name, again.dim, again.scale) == (unit.name, unit.dim, unit.scale)


@pytest.mark.parametrize(
    ("name", "full", "symbol", "scale"),
    [
        ("mV", "mvolt", "mV", -3),
        ("um2", "umetre2", "um^2", -12),
        ("cm3", "cmetre3", "cm^3", -6),
        ("mM", "mmolar", "mM", 0),
        ("nM", "nmolar", "nM", -6),
        ("Hz", "hertz", "Hz", 0),
        ("MHz", "Mhertz", "MHz", 6),
    ],
)
def test_abbreviations_are_the_units_they_abbreviate(name, full, symbol, scale):
    unit = getattr(stdunits, name)
    assert unit is getattr(allunits, full)
    assert (unit.name, unit.dispname, unit.scale) == (full, symbol, scale)


@pytest.mark.parametrize(
    ("name", "symbol", "scale"),
    [
        ("kgram", "kg", 0),
        ("mgram", "mg", -6),
        ("gramme", "g", -3),
        ("kilogram2", "kg^2", 0),
        ("gram2", "g^2", -6),
        ("molar", "M", 3),
        ("molar2", "M^2", 6),
        ("mmolar3", "mM^3", 0),
        ("liter", "l", -3),
        ("dalitre", "dal", -2),
        ("uliter", "ul", -9),
        ("damp", "dA", -1),
        ("dameter", "dam", 1),
        ("Yampere3", "YA^3", 72),
        ("flux", "flx", -15),
        ("steradian", "sr", 0),
        ("mmol", "mmol", -3),
    ],
)
def test_scales(name, symbol, scale):
    unit = getattr(allunits, name)
    assert (unit.dispname, unit.scale) == (symbol, scale)


def test_there_are_as_many_units_as_in_the_tradition():
    assert len(SI_PREFIXES) == 21
    # 2067 names of units there, and `candela`
    assert len(set(allunits.__all__)) == 2068 + 1
    assert len(stdunits.__all__) == 28
    assert len(set(STAR_NAMES)) == len(STAR_NAMES)


@pytest.mark.parametrize(
    "name", ["mkilogram", "mkelvin", "litre2", "mcelsius", "V", "m", "volt4", ""]
)
def test_names_that_are_no_units(name):
    with pytest.raises(AttributeError, match="has no attribute"):
        getattr(allunits, name)
    assert name not in DEFAULT_UNITS
    with pytest.raises(KeyError):
        DEFAULT_UNITS[name]


def test_star_import_has_the_usual_names_only():
    names = set(brainsim.units.__all__)
    assert len(names) == len(brainsim.units.__all__) == 244
    for name in ("mV", "nS", "Mohm", "pamp", "cmetre", "cm2", "kgram", "kilogram", "kelvin", "sin"):
        assert name in names
        assert getattr(brainsim.units, name) is not None
    for name in (
        "V",
        "m",
        "celsius",
        "newton",
        "ampere",
        "Zvolt",
        "umetre2",
        "radian",
        "Dimension",
    ):
        assert name not in names


def test_star_import_brings_units():
    namespace = {name: getattr(brainsim.units, name) for name in brainsim.units.__all__}
    assert sum(type(value) is Unit for value in namespace.values()) == 203


def test_misspelt_unit_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"'brainsim\.units' has no attribute 'mVolt'"):
        brainsim.units.mVolt  # noqa: B018


def test_fundamental_units_are_offered_under_the_traditional_module():
    assert fundamentalunits.second is second
    assert fundamentalunits.DIMENSIONLESS is DIMENSIONLESS
    assert fundamentalunits.get_unit_for_display(volt.dim) == "V"


def test_units_in_equations():
    assert DEFAULT_UNITS["mV"] is mV
    assert DEFAULT_UNITS["metre"] is metre
    assert {"mS", "mV", "farad", "umetre2", "cm", "litre", "hliter", "mM"} <= set(DEFAULT_UNITS)
    assert not {"damp", "camp", "hlux", "cmeter", "sin", "celsius"} & set(DEFAULT_UNITS)
    assert len(DEFAULT_UNITS) == len(set(names_in_equations()))
    assert "mV" in DEFAULT_UNITS
    assert 3 not in DEFAULT_UNITS


@pytest.mark.parametrize("unit", [volt, second, kilogram, kgram, mmolar, volt / second, metre2, Hz])
def test_base_units(unit):
    assert is_base_unit(unit)


@pytest.mark.parametrize("unit", [mV, gram, molar, litre, umetre2, mV / second, Mohm])
def test_units_with_a_prefix_are_no_base_units(unit):
    assert not is_base_unit(unit)


def test_equality_and_hash_are_those_of_size_and_dimension():
    assert metre == meter
    assert hash(metre) == hash(meter)
    assert kgram == kilogram
    assert mV != volt
    assert mV != ms
    assert (mV == ms) is False
    assert mV == 0.001 * volt
    assert mV != "mV"
    assert {mV: 1}[mvolt] == 1
    assert hertz == second**-1
    with pytest.raises(DimensionMismatchError):
        volt == 1  # noqa: B015


def test_numbers_times_units_are_quantities():
    for q in (1 * mV, mV * 1, mV / 1, 2 / mV, -mV, abs(mV), mV + mV, mV - 0, mV * [1, 2]):
        assert type(q) is Quantity
    assert type(1 / mV) is Unit
    assert 1 / mV == mV**-1
    assert (mV / volt) * 2 == 0.002


def test_fractional_powers():
    half = second**0.5
    assert half.dim is second.dim ** Fraction(1, 2)
    assert (half * half).dim is second.dim
    assert str(ms ** Fraction(1, 3)) == "ms^(1/3)"
    # three halves of a decade: 10**-4.5 by two routes
    assert float(nS**0.5) == pytest.approx(math.sqrt(1e-9), rel=2**-51)


@pytest.mark.parametrize("exponent", [[1, 2], "a", None])
def test_power_of_a_unit_needs_one_number(exponent):
    with pytest.raises(TypeError):
        volt**exponent


def test_exponent_of_a_unit_has_no_unit():
    with pytest.raises(DimensionMismatchError):
        volt**second


def test_units_cannot_be_changed():
    unit = mV
    with pytest.raises(TypeError, match="in-place"):
        unit *= 2
    with pytest.raises(TypeError, match="in-place"):
        unit += mV
    with pytest.raises(ValueError, match="read-only"):
        mV[()] = 1 * volt
    with pytest.raises(AttributeError):
        mV.name = "other"
    assert float(mV) == 1e-3


def test_own_units():
    unit = Unit.create(volt.dim, "abvolt", "abV", scale=-8)
    assert (float(unit), repr(unit), str(unit)) == (1e-8, "abvolt", "abV")
    assert unit.latexname == r"\mathrm{abV}"
    assert Unit.create(volt, "x", "X", r"\chi").latexname == r"\chi"
    micro = Unit.create_scaled_unit(unit, "u")
    assert (micro.name, micro.dispname, micro.scale) == ("uabvolt", "uabV", -14)
    assert Unit.create_scaled_unit(volt, "m") == mvolt
    with pytest.raises(ValueError, match="'q' is no SI prefix"):
        Unit.create_scaled_unit(volt, "q")


def test_size_of_a_unit_is_its_scale():
    unit = Unit(1e-3, volt.dim, -3, "thing", "th")
    assert unit == mV
    assert repr(Unit(1.0, volt.dim)) == repr(volt.dim)
    for wrong in ((3,), (1.0, volt.dim, -3), ([1.0], volt.dim)):
        with pytest.raises(ValueError, match=r"10\*\*scale"):
            Unit(*wrong)


def test_units_need_not_be_registered(monkeypatch):
    monkeypatch.setattr(Unit, "automatically_register_units", False)
    assert str(3 * (volt / second)) == "3. m^2 kg s^-4 A^-1"


@pytest.mark.parametrize(
    ("dim", "name"),
    [
        (volt.dim, "volt"),
        ((metre**2).dim, "metre2"),
        (gram.dim, "kilogram"),
        (molar.dim, "mmolar"),
        (second.dim**-0.5, "second ** -0.5"),
        (DIMENSIONLESS, "Unit(1)"),
        ((3 * mV / metre**3).dim, "volt / (metre ** 3)"),
    ],
)
def test_unit_of_a_dimension(dim, name):
    unit = get_unit(dim)
    assert type(unit) is Unit
    assert repr(unit) == name
    assert float(unit) == 1
    assert unit.dim is dim


def test_best_unit_is_a_unit():
    assert (3 * mV).get_best_unit() is not None
    assert repr((3 * mV).get_best_unit()) == "mvolt"
    assert [1, 2] * mV / ([1, 2] * mV).get_best_unit() == pytest.approx([1, 2], rel=2**-51)


@pytest.mark.parametrize("use", [lambda: 3 * celsius, lambda: celsius * 3, lambda: 1 / celsius])
def test_celsius_explains_itself(use):
    with pytest.raises(TypeError, match="zero_celsius"):
        use()


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        ("avogadro_constant", 6.022140857e23, "mole ** -1"),
        ("boltzmann_constant", 1.38064852e-23, "joule / kelvin"),
        ("electric_constant", 8.854187817e-12, "farad / metre"),
        ("electron_mass", 9.10938356e-31, "kilogram"),
        ("elementary_charge", 1.6021766208e-19, "coulomb"),
        ("faraday_constant", 96485.33289, "second * amp * mole ** -1"),
        ("gas_constant", 8.3144598, "joule / (mole * kelvin)"),
        ("magnetic_constant", 4e-7 * math.pi, "henry / metre"),
        ("molar_mass_constant", 1e-3, "kilogram * mole ** -1"),
        ("zero_celsius", 273.15, "kelvin"),
    ],
)
def test_constants(name, value, unit):
    constant = getattr(constants, name)
    assert float(constant) == value
    assert get_unit(constant.dim).name == unit
    assert name in constants.__all__


def test_faraday_is_avogadro_times_charge():
    # both factors are published with ten digits
    product = constants.avogadro_constant * constants.elementary_charge
    assert float(product / constants.faraday_constant) == pytest.approx(1, rel=1e-9)


# --- questions about dimensions -------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [3 * mV, mV, volt.dim, [1 * mV], [[1 * mV], [2 * mV]], (1 * volt,)]
)
def test_dimension_of_quantities(value):
    assert get_dimensions(value) is volt.dim
    assert not is_dimensionless(value)
    assert have_same_dimensions(value, volt)


@pytest.mark.parametrize(
    "value", [3, 3.0, True, 1j, [1, 2], [], range(3), np.ones(2), np.float32(1)]
)
def test_dimension_of_numbers(value):
    assert get_dimensions(value) is DIMENSIONLESS
    assert is_dimensionless(value)
    assert not have_same_dimensions(value, volt)


@pytest.mark.parametrize("value", ["a", None, object(), {}, {1}, ["a"], (x for x in (1,))])
def test_other_things_have_no_dimension(value):
    for ask in (get_dimensions, is_dimensionless):
        with pytest.raises(TypeError, match="does not have dimensions"):
            ask(value)


@pytest.mark.parametrize("value", [3, 3.0, True, 1j, np.float64(3), np.array(3), Quantity(3.0)])
def test_scalars(value):
    assert is_scalar_type(value)


@pytest.mark.parametrize("value", [3 * mV, mV, [1], np.ones(1), "a", None, [3] * mV])
def test_no_scalars(value):
    assert not is_scalar_type(value)


def test_mismatch_check():
    assert fail_for_dimension_mismatch(3 * mV, volt) == (volt.dim, volt.dim)
    assert fail_for_dimension_mismatch(3 * mV, 0) == (volt.dim, DIMENSIONLESS)
    assert fail_for_dimension_mismatch(0, 3 * mV) == (DIMENSIONLESS, volt.dim)
    assert fail_for_dimension_mismatch(3) == (DIMENSIONLESS, DIMENSIONLESS)
    for wrong in ((3 * mV, 2 * ms), (3 * mV,), (3 * mV, math.inf), (3 * mV, [0, 0]), (1, mV)):
        with pytest.raises(DimensionMismatchError, match="Dimension mismatch"):
            fail_for_dimension_mismatch(*wrong)


def test_mismatch_check_fills_in_its_message():
    with pytest.raises(
        DimensionMismatchError, match=r"a is 1, b is \[1\. 2\.\] mV \(units are V and s\)"
    ):
        fail_for_dimension_mismatch(3 * mV, 2 * ms, "a is {a}, b is {b}", a=1, b=[1, 2] * mV)


def test_methods_of_quantities():
    q = 3 * mV
    assert q.dimensions is q.dim is volt.dim
    assert q.has_same_dimensions(volt)
    assert not q.has_same_dimensions(0)
    assert not q.is_dimensionless
    assert Quantity(3.0).is_dimensionless
    assert radian.is_dimensionless


@pytest.mark.parametrize("unit", [ms, 3, volt / second])
def test_in_unit_needs_the_same_dimension(unit):
    with pytest.raises(DimensionMismatchError):
        (3 * mV).in_unit(unit)


def test_in_unit_needs_a_unit():
    with pytest.raises(TypeError, match="such as mV"):
        (3 * mV).in_unit(2 * mV)


def test_all_spellings_of_a_unit_calculate_alike():
    assert 3 * ampere * volt == 3 * watt
    assert 1 * cm == 10 * mmetre
    assert 1 * kelvin + 1 * kelvin == 2 * kelvin
