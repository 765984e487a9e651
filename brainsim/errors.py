"""One class per mistake, with the facts as fields.

Every error of this package is a `BrainsimError`; most are also the built-in type that the Brian2
tradition raises in the same place, so that `except ValueError` in an old script still works.
Errors about a model's text carry `Diagnostic`s: what was found, where (a span of the user's own
string), and what to do.
"""

from __future__ import annotations

from typing import Any

from .records import dataclass
from .tracebacks import ShownBriefly


@dataclass(frozen=True, slots=True)
class Source:
    """A text which the user wrote, and what it is.

    Args:
        text: The whole string.
        name: What it is to the user, such as "equations of 'neurons'" or "reset of 'neurons'".
    """

    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source: characters `start` (included) to `stop` (excluded)."""

    source: Source
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake in a text.

    Args:
        message: What was found, one line.
        span: Where; None when the mistake has no place in a text.
        label: Words beside the caret, such as "E is amp, v is volt".
        help: What to do, one line.
    """

    message: str
    span: Span | None = None
    label: str = ""
    help: str = ""

    def __str__(self) -> str:
        """Return the message, the line of the source with carets below the place, and the help."""
        lines = [self.message]
        if self.span is not None:
            lines += excerpt(self.span, self.label)
        if self.help:
            lines.append(f"  help: {self.help}")
        return "\n".join(lines)


def excerpt(span: Span, label: str = "") -> list[str]:
    """Return the source line of a span with its number, and carets below the span."""
    text = span.source.text
    start = min(max(span.start, 0), len(text))
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = text[line_start : len(text) if line_end < 0 else line_end]
    number = str(text.count("\n", 0, start) + 1)
    column = start - line_start
    width = max(1, min(span.stop, line_start + len(line)) - start)
    # tabs stay tabs, so that the caret stands below its token whatever the tab width
    lead = "".join("\t" if c == "\t" else " " for c in line[:column])
    where = [f"  in {span.source.name}"] if span.source.name else []
    pad = " " * len(number)
    return [
        *where,
        f"  {number} | {line}",
        f"  {pad} | {lead}{'^' * width} {label}".rstrip(),
    ]


class BrainsimError(ShownBriefly, Exception):
    """Base of all errors raised on purpose by this package."""


class RunInterrupted(ShownBriefly, KeyboardInterrupt):
    """Ctrl-C has ended a run, after a whole step."""


class InternalError(BrainsimError):
    """A fault of brainsim, not of the user."""

    shown_briefly = False

    def __init__(self, message: str) -> None:
        super().__init__(f"{message}. This is a bug in brainsim; please report it with your script")


class ModelTextError(BrainsimError):
    """One or several mistakes in the text of a model, all reported at once.

    Args:
        diagnostics: The mistakes, in the order of the text.
    """

    def __init__(self, *diagnostics: Diagnostic | str) -> None:
        self.diagnostics = tuple(
            d if isinstance(d, Diagnostic) else Diagnostic(d) for d in diagnostics
        )
        super().__init__(_paragraphs(self.diagnostics))

    def __str__(self) -> str:
        """Return all diagnostics, each with its excerpt."""
        return _paragraphs(self.diagnostics)


def _paragraphs(diagnostics: tuple[Diagnostic, ...]) -> str:
    """Return diagnostics one after the other, with a blank line between those with excerpts."""
    texts = [str(diagnostic) for diagnostic in diagnostics]
    return "\n\n".join(texts) if any("\n" in text for text in texts) else "\n".join(texts)


class EquationError(ModelTextError):
    """Equations that cannot be read: syntax, unit text, duplicate names, misuse of `xi`."""


class ExpressionSyntaxError(ModelTextError, SyntaxError):
    """An expression, a statement or a name that the language does not allow."""


class FlagError(ModelTextError, ValueError):
    """A flag that does not exist or does not apply to this kind of equation or object."""


class CyclicEquationsError(ModelTextError, ValueError):
    """Subexpressions that refer to each other in a circle."""


class NameEndingError(ModelTextError, ValueError):
    """A variable name that ends in `_pre` or `_post`."""


class BooleanUnitError(ModelTextError, TypeError):
    """`bool` in the place of a unit."""


class UnknownNameError(ModelTextError, KeyError):
    """A name that is neither a variable, nor a function, nor in the namespace."""


class ArgumentTypeError(ModelTextError, TypeError):
    """A text of the wrong kind, such as a threshold that is not a condition."""


class UnsupportedEquationsException(ModelTextError):  # noqa: N818 - the tradition's name
    """Equations that the chosen integration method cannot solve."""


class BrianObjectException(BrainsimError):  # noqa: N818 - the tradition's name
    """An error while an object is prepared for a run; the cause is the original error.

    Args:
        message: What was being done, and the text of the original error.
        object_name: Name of the object concerned.
    """

    def __init__(self, message: str, object_name: str = "") -> None:
        super().__init__(message)
        self.object_name = object_name


class DelayError(BrainsimError, ValueError):
    """A delay that became negative, or longer than was agreed, while running."""


class MagicError(BrainsimError):
    """A magic `run` whose set of objects is ambiguous."""


class PreferenceError(BrainsimError):
    """A preference that does not exist or has a value of the wrong kind."""


class SweepError(BrainsimError):
    """Runs of a sweep have failed."""


class CompilerError(BrainsimError):
    """The C compiler is missing, failed, or wrote a file that cannot be loaded.

    Args:
        message: What happened and what to do.
        output: What the compiler printed.
    """

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message if not output else f"{message}\n{output}")
        self.output = output


def suggest(name: str, candidates: Any) -> str:
    """Return "did you mean 'x'?" for the candidate closest to a misspelt name, or ""."""
    import difflib  # only when something is wrong

    pool = [c for c in candidates if isinstance(c, str)]
    lower = {c.lower(): c for c in pool}
    # two letters swapped in a short name leave little in common, in a long one they do not
    found = difflib.get_close_matches(name, pool, 1, 0.6 if len(name) <= 4 else 0.7)
    if not found and name.lower() in lower:
        found = [lower[name.lower()]]
    return f"did you mean '{found[0]}'?" if found else ""
