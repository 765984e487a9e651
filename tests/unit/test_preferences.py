"""Preferences in scripts: names, checks, categories, views, text."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainsim import NeuronGroup, defaultclock, ms, prefs, restore_initial_state
from brainsim.errors import PreferenceError
from brainsim.preferences import BrianPreference, Preferences
from brainsim.preferences.sources import toml_value


@pytest.fixture(autouse=True)
def _defaults():
    """Start from the defaults, and leave them behind."""
    prefs.reset_to_defaults()
    yield
    prefs.reset_to_defaults()


@pytest.fixture
def some():
    """Return a registry of its own, without file and environment."""
    registry = Preferences()
    registry.register_preferences(
        "a.b",
        "Things",
        number=BrianPreference(3, "a number"),
        share=BrianPreference(0.5, "a share"),
        flag=BrianPreference(True, "a flag"),
        words=BrianPreference(["x"], "words"),
        table=BrianPreference({"k": "v"}, "a table"),
        even=BrianPreference(2, "an even number", lambda v: v % 2 == 0),
        nothing=BrianPreference(None, "nothing", lambda v: v is None or isinstance(v, str)),
    )
    registry.reset_to_defaults()
    return registry


# ------------------------------------------------------------------------------- reading, setting


def test_a_value_is_reached_in_three_ways(some):
    """By dotted name, by attributes, and by an item of a category."""
    assert some["a.b.number"] == some.a.b.number == some.a["b.number"] == some["a.b"]["number"] == 3


def test_a_value_is_set_in_three_ways(some):
    """And read in any other."""
    some["a.b.number"] = 4
    assert some.a.b.number == 4
    some.a.b.number = 5
    assert some["a.b.number"] == 5
    some.a["b.number"] = 6
    assert some.a.b.number == 6


def test_an_unknown_name_read_as_an_item_is_a_key_error(some):
    """With the name that was probably meant."""
    with pytest.raises(KeyError, match=r"did you mean 'a.b.number'"):
        some["a.b.numbr"]
    with pytest.raises(KeyError):
        some.a["nothing_here"]


def test_an_unknown_name_read_as_an_attribute_is_an_attribute_error(some):
    """So that `hasattr` works."""
    assert not hasattr(some, "c")
    with pytest.raises(AttributeError, match="did you mean"):
        some.a.b.numbr  # noqa: B018


@pytest.mark.parametrize("name", ["a.b.numbr", "c", "a.b.number.c"])
@pytest.mark.row("23 unknown names")
def test_an_unknown_name_cannot_be_set(some, name):
    """A misspelt setting must not be silent."""
    with pytest.raises(PreferenceError, match="there is no preference"):
        some[name] = 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", "4"), ("number", 4.0), ("number", None), ("number", True), ("share", "x"),
        ("flag", 1), ("flag", "yes"), ("words", "x"), ("even", 3), ("even", "odd"), ("even", None),
        ("table", []), ("nothing", 3),
    ],
)  # fmt: skip
def test_a_value_of_a_wrong_kind_is_refused(some, name, value):
    """Also where the validator itself stumbles over it; the old value stays."""
    before = some[f"a.b.{name}"]
    with pytest.raises(PreferenceError, match=rf"'a.b.{name}' .*its default is"):
        some.a.b[name] = value
    assert some[f"a.b.{name}"] == before


def test_whole_numbers_are_shares_too(some):
    """An int is accepted for a float."""
    some.a.b.share = 1
    assert some.a.b.share == 1


def test_a_category_can_neither_be_set_nor_deleted(some):
    """Nor can a preference be deleted."""
    with pytest.raises(PreferenceError, match="category"):
        some.a = 3
    with pytest.raises(PreferenceError, match="category"):
        some["a.b"] = 3
    with pytest.raises(PreferenceError, match="reset_to_defaults"):
        del some["a.b.number"]
    with pytest.raises(PreferenceError, match="reset_to_defaults"):
        del some.a.b.number


def test_lists_are_changed_in_place_without_changing_the_default(some):
    """`prefs.x += [...]` and `prefs.x.append(...)` are both common."""
    some.a.b.words += ["y"]
    some.a.b.words.append("z")
    assert some.a.b.words == ["x", "y", "z"]
    some.reset_to_defaults()
    assert some.a.b.words == ["x"]


def test_reset_to_defaults(some):
    """All values, at once."""
    some.a.b.number = 9
    some.a.b.flag = False
    some.reset_to_defaults()
    assert (some.a.b.number, some.a.b.flag) == (3, True)


def test_it_is_a_mapping_of_full_names(some):
    """Categories are no keys; views have the rest of the names."""
    assert set(some.a) == {f"b.{name.removeprefix('a.b.')}" for name in some}
    assert len(some) == len(some.a.b) == 7
    assert "a.b.number" in some
    assert "number" in some.a.b
    assert "a" not in some
    assert dict(some.a.b.items())["even"] == 2
    assert {"a", "register_preferences", "as_file"} <= set(dir(some))
    assert {"number", "flag"} <= set(dir(some.a.b))
    assert repr(some) == "<preferences: a>"
    assert "number" in repr(some.a.b)


# ------------------------------------------------------------------------------------ registering


def test_a_category_is_registered_once(some):
    """Two extensions must not overwrite each other."""
    with pytest.raises(PreferenceError, match="registered before"):
        some.register_preferences("a.b", "Others", x=BrianPreference(1, "x"))
    some.register_preferences("a.c", "Others", x=BrianPreference(1, "x"))
    assert some.a.c.x == 1


def test_a_default_must_be_allowed(some):
    """It is checked like any other value, and nothing is registered."""
    with pytest.raises(PreferenceError):
        some.register_preferences("c", "Bad", x=BrianPreference(1, "x", lambda v: v > 3))
    assert not hasattr(some, "c")


def test_watchers_are_told(some):
    """Of changes in their category, and of a reset."""
    told = []
    some.watch("a.b", lambda: told.append(some.a.b.number))
    some.a.b.number = 7
    some.reset_to_defaults()
    some.register_preferences("other", "Others", x=BrianPreference(1, "x"))
    some.other.x = 2
    assert told == [7, 3]


# ------------------------------------------------------------------------------------------- text


def test_as_file_is_toml_that_gives_the_same_values(some, tmp_path):
    """What is written can be read back."""
    some.a.b.words = ["a b", 'c"d', "é\n"]
    some.a.b.number = 11
    path = tmp_path / "mine.toml"
    path.write_text(some.as_file, encoding="utf-8")
    values = dict(some)
    some.reset_to_defaults()
    some.read_preference_file(path)
    assert dict(some) == values


def test_defaults_as_file(some):
    """It has the defaults, whatever is set, with the docs as comments."""
    some.a.b.number = 11
    assert tomllib.loads(some.defaults_as_file)["a"]["b"]["number"] == 3
    assert "# an even number" in some.defaults_as_file
    assert "# nothing =  (none)" in some.defaults_as_file


def test_all_our_preferences_can_be_written_and_read(tmp_path):
    """Types of numbers and tables included."""
    prefs.core.default_float_dtype = np.float32
    prefs.codegen.cpp.define_macros = [("A", "1"), "B"]
    path = tmp_path / "all.toml"
    path.write_text(prefs.as_file, encoding="utf-8")
    prefs.reset_to_defaults()
    prefs.read_preference_file(str(path))
    assert prefs.core.default_float_dtype is np.float32
    assert prefs.codegen.cpp.define_macros == [["A", "1"], "B"]
    assert prefs.devices.cpp_standalone.run_environment_variables == {"LD_BIND_NOW": "1"}


VALUES = st.recursive(
    st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner, max_size=3
    ),
    max_leaves=5,
)  # fmt: skip


@given(VALUES)
def test_toml_gives_back_what_was_written(value):
    """Strings with any character, nested lists and tables, infinities."""
    assert tomllib.loads(f"x = {toml_value(value)}") == {"x": value}


def test_html_shows_names_values_and_meanings(some):
    """With what a browser would take for tags made harmless."""
    some.a.b.words = ["<b>"]
    for page in (some._repr_html_(), some.a._repr_html_()):
        assert page.startswith("<table>")
        cells = page.replace(' style="text-align: left"', "")
        assert "<td>a.b.words</td><td>[&#x27;&lt;b&gt;&#x27;]</td><td>words</td>" in cells


def test_html_names_types_as_they_are_set():
    assert "float64<" in prefs.core._repr_html_()
    assert "int32<" in prefs.core._repr_html_()


# ---------------------------------------------------------------------------- our own preferences


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("codegen.target", "fortran"), ("codegen.target", 3),
        ("codegen.string_expression_target", "weave"), ("codegen.max_cache_dir_size", -1),
        ("codegen.loop_invariant_optimisations", 1), ("codegen.cpp.extra_compile_args", "-O2"),
        ("codegen.cpp.define_macros", [("A", "1", "2")]), ("codegen.cpp.libraries", [3]),
        ("core.default_float_dtype", np.int32), ("core.default_float_dtype", "nonsense"),
        ("core.default_integer_dtype", np.float64), ("core.default_integer_dtype", np.int16),
        ("core.network.default_schedule", "start"), ("logging.console_log_level", "LOUD"),
        ("logging.console_log_level", 10), ("legacy.refractory_timing", "no"),
        ("devices.cpp_standalone.openmp_threads", -1),
        ("devices.cpp_standalone.openmp_spatialneuron_strategy", "fast"),
    ],
)  # fmt: skip
@pytest.mark.row("23 wrong type")
def test_values_that_our_preferences_refuse(name, value):
    """Whatever a validator does with them, the error is a PreferenceError."""
    with pytest.raises(PreferenceError, match=name):
        prefs[name] = value


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("codegen.target", "auto"), ("codegen.string_expression_target", "numpy"),
        ("codegen.loop_invariant_optimisations", True), ("codegen.max_cache_dir_size", 1000),
        ("codegen.cpp.compiler", ""), ("codegen.cpp.extra_compile_args", None),
        ("codegen.cpp.headers", []), ("codegen.runtime.cython.multiprocess_safe", True),
        ("codegen.runtime.cython.cache_dir", None), ("codegen.runtime.numpy.discard_units", False),
        ("codegen.generators.cpp.restrict_keyword", "__restrict"),
        ("codegen.generators.cpp.flush_denormals", False), ("core.default_float_dtype", np.float64),
        ("core.default_integer_dtype", np.int32), ("core.stop_on_keyboard_interrupt", True),
        ("devices.cpp_standalone.openmp_threads", 0),
        ("devices.cpp_standalone.make_cmd_unix", "make"),
        ("devices.cpp_standalone.extra_make_args_unix", ["-j"]),
        ("legacy.refractory_timing", False), ("logging.console_log_level", "INFO"),
        ("logging.file_log_level", "DEBUG"), ("logging.delete_log_on_exit", True),
        ("logging.file_log_max_size", 10_000_000), ("GSL.directory", None),
    ],
)  # fmt: skip
def test_names_and_defaults_of_the_tradition(name, default):
    """Scripts that set them run."""
    assert prefs[name] == default
    prefs[name] = default


def test_integer_variables_have_the_preferred_type():
    """For groups that are made afterwards."""
    before = NeuronGroup(1, "n : integer")
    prefs.core.default_integer_dtype = np.int64
    after = NeuronGroup(1, "n : integer")
    assert (before.n[:].dtype, after.n[:].dtype) == (np.int32, np.int64)
    after.n = "3 + i"
    assert after.n[0] == 3


def test_restore_initial_state():
    """Preferences and the default clock are as after the import."""
    defaultclock.dt = 1 * ms
    prefs.codegen.max_cache_dir_size = 3
    restore_initial_state()
    assert defaultclock.dt == 0.1 * ms
    assert prefs.codegen.max_cache_dir_size == 1000


@pytest.mark.row("23 names and defaults")
def test_the_guide_lists_all_preferences():
    """With their defaults and meanings."""
    page = (Path(__file__).parents[2] / "docs/guide/preferences.md").read_text(encoding="utf-8")
    rows = {row.split("`")[1]: row for row in page.splitlines() if row.startswith("| `")}
    assert set(rows) == {name for name in prefs if not name.startswith("my_lab.")}
    for name, row in rows.items():
        preference = prefs._known[name]
        default = preference.default
        shown = default.__name__ if isinstance(default, type) else repr(default)
        assert f"| `{shown}` |" in row or "..." in row, name
        assert row.endswith(f"| {preference.docs.removeprefix('accepted, without effect: ')} |"), (
            name
        )


@pytest.mark.parametrize("name", ["1a", "a-b", "", "a.b", "é"])
def test_a_preference_needs_a_name_that_can_follow_a_dot(some, name):
    """Else nobody could write it as an attribute."""
    with pytest.raises(PreferenceError, match="cannot be the name of a preference"):
        some.register_preferences("other", "docs", **{name: BrianPreference(1, "docs")})
