"""The log: levels, names, catching, hiding, the file that is written on request."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys

import numpy as np
import pytest

from brainsim import BrianLogger, Network, NeuronGroup, get_logger, logger, ms, prefs, std_silent
from brainsim.errors import PreferenceError
from brainsim.logger import DIAGNOSTIC, catch_logs


@pytest.fixture(autouse=True)
def _as_after_the_import():
    """Show INFO and above, hide no name; and put everything back."""
    prefs.reset_to_defaults()
    level, hidden = logger._console.level, set(logger._suppressed)
    hidden_in_file, seen = set(logger._suppressed_in_file), set(logger._seen)
    BrianLogger.log_level_info()
    yield
    prefs.reset_to_defaults()
    logger._console.setLevel(level)
    for now, before in (
        (logger._suppressed, hidden),
        (logger._suppressed_in_file, hidden_in_file),
        (logger._seen, seen),
    ):
        now.clear()
        now.update(before)


@pytest.fixture
def log():
    """Return the logger of a module."""
    return get_logger("my.module")


LEVELS = ["error", "warn", "info", "debug", "diagnostic"]


# ---------------------------------------------------------------------------------------- console


def test_a_message_says_level_text_and_name(log, capsys):
    """In one line on stderr."""
    log.warn("something")
    log.info("100 %s", "suffix")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "WARNING    something [brainsim.my.module]",
        "INFO       100 %s [brainsim.my.module.suffix]",
    ]


@pytest.mark.parametrize("count", range(1, 6))
def test_each_level_shows_itself_and_what_is_above(log, capsys, count):
    """With functions as with the preference."""
    names = ["ERROR", "WARNING", "INFO", "DEBUG", "DIAGNOSTIC"]
    for choose in (
        getattr(BrianLogger, f"log_level_{LEVELS[count - 1]}"),
        lambda: prefs.__setitem__("logging.console_log_level", names[count - 1]),
    ):
        choose()
        for name in LEVELS:
            getattr(log, name)("text")
        shown = [line.split()[0] for line in capsys.readouterr().err.splitlines()]
        assert shown == names[:count]
        prefs.reset_to_defaults()


def test_other_settings_leave_the_level_alone():
    """Which a script may have chosen by a function."""
    BrianLogger.log_level_error()
    prefs.logging.std_redirection = False
    assert logger._console.level == logging.ERROR


def test_an_unknown_level_is_refused():
    """With the levels there are."""
    with pytest.raises(PreferenceError, match="DIAGNOSTIC"):
        prefs.logging.console_log_level = "LOUD"


def test_names_of_loggers():
    """All below brainsim; also one that begins alike."""
    assert get_logger().name == "brainsim"
    assert get_logger("brainsim.x").name == get_logger("x").name == "brainsim.x"
    assert get_logger("brainsimple").name == "brainsim.brainsimple"
    assert isinstance(get_logger("x"), BrianLogger)


def test_once(log, capsys):
    """Per name and text."""
    for _ in range(2):
        log.warn("a", once=True)
        log.warn("b", once=True)
        log.warn("a", "suffix", once=True)
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_initialize_brings_the_console_back(log, capsys):
    """After another library has removed all handlers."""
    logging.getLogger("brainsim").removeHandler(logger._console)
    BrianLogger.initialize()
    BrianLogger.initialize()
    log.warn("here")
    assert capsys.readouterr().err.count("here") == 1


# ----------------------------------------------------------------------------------------- hiding


def test_a_name_is_hidden_whichever_module_uses_it(log, capsys):
    """But not names that only look alike."""
    BrianLogger.suppress_name("secret")
    log.warn("1", "secret")
    get_logger("other").warn("2", "secret")
    log.warn("3", "secretly")
    log.warn("4", "top_secret")
    log.warn("5")
    assert [line.split()[1] for line in capsys.readouterr().err.splitlines()] == ["3", "4", "5"]


def test_a_hierarchy_is_hidden_with_all_below(log, capsys):
    """But not a module whose name begins alike."""
    BrianLogger.suppress_hierarchy("brainsim.my")
    log.warn("1")
    log.warn("2", "name")
    get_logger("my").warn("3")
    get_logger("my2").warn("4")
    assert [line.split()[1] for line in capsys.readouterr().err.splitlines()] == ["4"]


# --------------------------------------------------------------------------------------- catching


def test_caught_messages_are_not_shown(log, capsys):
    """They are in a list, as level, name, text; hidden names are, too."""
    BrianLogger.suppress_name("hidden")
    with catch_logs() as messages:
        log.warn("a", "hidden")
        log.info("b")
        log.error("c")
    log.warn("shown")
    assert messages == [
        ("WARNING", "brainsim.my.module.hidden", "a"),
        ("ERROR", "brainsim.my.module", "c"),
    ]
    assert capsys.readouterr().err.splitlines() == ["WARNING    shown [brainsim.my.module]"]


def test_the_level_that_is_caught(log):
    """Whatever the console shows."""
    BrianLogger.log_level_error()
    with catch_logs(DIAGNOSTIC) as messages:
        for name in LEVELS:
            getattr(log, name)("x")
    assert [m[0] for m in messages] == ["ERROR", "WARNING", "INFO", "DEBUG", "DIAGNOSTIC"]


def test_blocks_that_catch_may_be_nested(log, capsys):
    """The innermost has the message, and errors end them all."""
    with pytest.raises(KeyError), catch_logs() as outer:  # noqa: PT012 - the block is the point
        log.warn("1")
        with catch_logs() as inner:
            log.warn("2")
        log.warn("3")
        raise KeyError
    assert [m[2] for m in outer] == ["1", "3"]
    assert [m[2] for m in inner] == ["2"]
    log.warn("4")
    assert "4" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------- file


@pytest.mark.row("24 levels")
def test_no_file_is_written_unless_asked_for(log):
    """Messages do not fill the folder of temporary files."""
    log.warn("x")
    assert logger.log_file() is None


@pytest.mark.row("24 levels")
def test_a_file_holds_what_the_console_hides(log):
    """Down to its own level, with the time; only the user can read it."""
    BrianLogger.suppress_name("quiet")
    BrianLogger.suppress_name("silent", filter_log_file=True)
    prefs.logging.file_log = True
    path = logger.log_file()
    assert path is not None
    log.debug("fine")
    log.diagnostic("finer")
    log.warn("é", "quiet")
    log.warn("never", "silent")
    prefs.logging.file_log_level = "DIAGNOSTIC"
    second_path = logger.log_file()
    log.diagnostic("finest")
    prefs.logging.file_log = False
    assert logger.log_file() is None
    words = [line.split()[2:] for line in path.read_text(encoding="utf-8").splitlines()]
    assert words == [
        ["DEBUG", "brainsim.my.module:", "fine"],
        ["WARNING", "brainsim.my.module.quiet:", "é"],
    ]
    assert second_path is not None
    assert "finest" in second_path.read_text(encoding="utf-8")
    if sys.platform != "win32":
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_does_not_grow_without_end(log):
    """It begins anew, and one old file is kept."""
    prefs.logging.file_log_max_size = 1000
    prefs.logging.file_log = True
    path = logger.log_file()
    assert path is not None
    for k in range(100):
        log.debug(f"message {k}")
    prefs.logging.file_log = False
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["debug.log", "debug.log.1"]
    assert all(file.stat().st_size <= 1000 for file in files)


@pytest.mark.row("24 multiprocessing")
@pytest.mark.parametrize("delete", [True, False])
def test_the_file_is_removed_at_the_end(tmp_path, delete):
    """Unless it is to stay; asked for by the environment here, and of the first process only."""
    code = """
import os, sys
from brainsim import get_logger, logger
get_logger("x").debug("parent")
print(logger.log_file(), flush=True)
child = os.fork()
if not child:
    get_logger("x").debug("child")
    os._exit(0)
os.waitpid(child, 0)
print(logger.log_file().read_text().count("child"))
"""
    if not hasattr(os, "fork"):
        pytest.skip("no fork")
    variables = {
        "TMPDIR": str(tmp_path),
        "BRAINSIM_LOGGING_FILE_LOG": "yes",
        "BRAINSIM_LOGGING_DELETE_LOG_ON_EXIT": str(delete),
    }
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    path, child_lines = result.stdout.splitlines()
    assert child_lines == "0"
    assert path.startswith(str(tmp_path))
    assert os.path.exists(path) is not delete  # noqa: PTH110 - it is a string
    assert bool(os.listdir(tmp_path)) is not delete  # noqa: PTH208


# ---------------------------------------------------------------------------------------- silence


def test_std_silent_hides_prints_of_python_and_of_programs(capfd):
    """And shows them again after the block."""
    with std_silent():
        print("hidden")  # noqa: T201
        os.write(1, b"hidden too\n")
        subprocess.run([sys.executable, "-c", "import sys; sys.stderr.write('x')"], check=True)
    print("shown")  # noqa: T201
    os.write(2, b"shown too\n")
    assert capfd.readouterr() == ("shown\n", "shown too\n")


@pytest.mark.row("24 compilation output")
def test_std_silent_shows_everything_when_the_block_fails(capfd):
    """One does want to know then."""
    with pytest.raises(ValueError, match="boom"), std_silent():  # noqa: PT012
        print("before")  # noqa: T201
        os.write(1, b"of a compiler\n")
        raise ValueError("boom")
    out, err = capfd.readouterr()
    assert out == ""
    assert "before" in err
    assert "of a compiler" in err


@pytest.mark.parametrize("by_preference", [True, False])
def test_std_silent_can_be_switched_off(capfd, by_preference):
    """In one place or in all."""
    prefs.logging.std_redirection = not by_preference
    with std_silent(alwaysprint=not by_preference):
        print("shown")  # noqa: T201
    assert capfd.readouterr().out == "shown\n"


# --------------------------------------------------------------------------------- names in models


@pytest.mark.parametrize(
    ("value", "warned"), [(3, True), ([3.0], False), ("three", False), (3 * ms, True)]
)
def test_a_variable_that_hides_a_number_outside(value, warned):
    """One may have meant the other; things that cannot be in a model are no conflict."""
    prefs.codegen.target = "numpy"
    group = NeuronGroup(2, "dv/dt = -v*x/ms : 1\nx : 1", method="euler", name="hiding")
    names = {"x": value, "N": 5, "unused": 2}
    logger._seen.clear()
    with catch_logs() as messages:
        Network(group).run(0 * ms, namespace=names)
        Network(NeuronGroup(1, "y : 1", namespace={"y": 3})).run(0 * ms)
    assert [m[1].rpartition(".")[2] for m in messages] == ["resolution_conflict"] * warned
    assert all("'x' is a variable of 'hiding'" in m[2] for m in messages)


def test_an_array_that_is_hidden_is_not_printed():
    """One line says what it is."""
    prefs.codegen.target = "numpy"
    group = NeuronGroup(2, "dv/dt = -v*x/ms : 1\nx : 1", method="euler", name="hiding")
    logger._seen.clear()
    with catch_logs() as messages:
        Network(group).run(0 * ms, namespace={"x": np.arange(500.0)})
    assert len(messages) == 1
    assert "an array of shape (500,)" in messages[0][2]
    assert "\n" not in messages[0][2]
