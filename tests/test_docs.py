"""The documentation is true: snippets run and print what it says, paths and names exist.

A block of Python that is followed by a block of text or C prints that, or ends with the error that
stands there, as Python shows it; `...` stands for anything. The blocks of a page share their names.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import runpy
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

import brainsim
from brainsim import logger

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
GUIDE = sorted((ROOT / "docs" / "guide").glob("*.md"))
PAGES = [ROOT / "README.md", *GUIDE]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
# packages of the extra "examples", by the example that needs one
NEEDS = {"diehl_cook_2015": "sklearn"}
# pages of decisions are not edited after they were written, so what they name may have gone
KEPT_TRUE = [
    *PAGES,
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    ROOT / "docs/architecture.md",
    ROOT / "docs/gallery.md",
]

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A block of Python on a page.

    Args:
        code: Its text, with empty lines in front so that line numbers are those of the page.
        expected: What it prints, or None where the page does not say.
    """

    code: str
    expected: str | None


def snippets(text: str) -> Iterator[Snippet]:
    """Yield the Python blocks of a page; output stands in the next block, with nothing between."""
    blocks = list(FENCE.finditer(text))
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if block[1] != "python":
            continue
        expected = None
        if following is not None and following[1] in {"text", "c"}:
            between = text[block.end() : following.start()]
            expected = following[2] if not between.strip() else None
        lines_before = text.count("\n", 0, block.start()) + 1
        yield Snippet("\n" * lines_before + block[2], expected)


def run_snippet(snippet: Snippet, page: Path, names: dict[str, Any]) -> str:
    """Return what a snippet prints, with the error that ends it where the page expects one."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(snippet.code, str(page), "exec"), names)  # noqa: S102 - our own text
        except Exception as error:
            if snippet.expected is None:
                raise
            lines = traceback.format_exception_only(error)
            print("".join(lines), end="")  # noqa: T201 - part of what is compared
    return printed.getvalue()


@pytest.fixture(autouse=True)
def _fresh_simulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Run on C, draw nothing on a screen, leave no file, and put everything back."""
    backend = mpl.get_backend()
    plt.switch_backend("Agg")
    monkeypatch.setattr(plt, "show", lambda *_args, **_kwargs: None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    dt = brainsim.defaultclock.dt
    level, suppressed = logger._console.level, set(logger._suppressed)
    brainsim.start_scope()
    brainsim.prefs.codegen.target = "c"
    yield
    logger._console.setLevel(level)
    logger._suppressed.intersection_update(suppressed)
    brainsim.prefs.reset_to_defaults()
    brainsim.defaultclock.dt = dt
    brainsim.start_scope()
    plt.close("all")
    plt.switch_backend(backend)


@pytest.mark.row("27 Sphinx")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_snippets_run_and_print_what_the_page_says(page):
    names: dict[str, Any] = {"__name__": "page"}
    checker = doctest.OutputChecker()
    for snippet in snippets(page.read_text(encoding="utf-8")):
        printed = run_snippet(snippet, page, names)
        if snippet.expected is not None:
            same = checker.check_output(snippet.expected, printed, doctest.ELLIPSIS)
            line = len(snippet.code) - len(snippet.code.lstrip("\n")) + 1
            assert same, f"{page}:{line} prints\n{printed}\ninstead of\n{snippet.expected}"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_run_and_draw(path, monkeypatch):
    if path.stem in NEEDS:
        pytest.importorskip(NEEDS[path.stem])
    monkeypatch.setattr(sys, "argv", [str(path)])
    runpy.run_path(str(path), run_name="__main__")
    axes = [axes for number in plt.get_fignums() for axes in plt.figure(number).axes]
    assert axes
    assert all(one.has_data() for one in axes)


def test_the_gallery_shows_every_example_and_nothing_else():
    """Pictures are small, since they stay in the history of the repository."""
    names = {path.stem for path in EXAMPLES}
    text = (ROOT / "docs/gallery.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### `examples/(\w+)\.py`$", text, re.MULTILINE)) == names
    pictures = {path.stem: path.stat().st_size for path in (ROOT / "docs/gallery").iterdir()}
    assert pictures.keys() == names
    assert max(pictures.values()) <= 60_000


def test_examples_name_their_source_and_assert_something():
    for path in EXAMPLES:
        if path.stem == "first_network":  # a newcomer's script, as it stands in texts
            continue
        text = path.read_text(encoding="utf-8")
        assert re.match(r'"""[^"]*\b(1[89]|20)\d\d\b', text), f"{path} names no paper with its year"
        assert re.search(r"^\s*(assert|np\.testing\.assert)", text, re.MULTILINE), path


@pytest.mark.parametrize("page", KEPT_TRUE, ids=lambda page: page.stem)
def test_paths_exist(page):
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    spans = {span for span in CODE_SPAN.findall(text) if re.fullmatch(r"[\w.-]+(/[\w.-]*)+", span)}
    links = {link for link in LINK.findall(text) if "://" not in link}
    missing = [span for span in spans if not any((top / span).exists() for top in _tops())]
    missing += [link for link in links if not (page.parent / link).exists()]
    assert not missing


def _tops() -> tuple[Path, Path]:
    return ROOT, ROOT / "brainsim"


def test_the_architecture_page_names_what_there_is():
    text = FENCE.sub("", (ROOT / "docs/architecture.md").read_text(encoding="utf-8"))
    spans = [
        re.fullmatch(r"(?:\w+\.)*([A-Za-z_]\w+)(?:\(.*\))?", s) for s in CODE_SPAN.findall(text)
    ]
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for top in ("brainsim", "codegen")
        for path in sorted((ROOT / top).rglob("*"))
        if path.suffix in {".py", ".pyx", ".h"}
    )
    words = set(re.findall(r"\w+", source)) | {path.stem for path in ROOT.glob("*/*")}
    assert {span[1] for span in spans if span is not None} <= words
