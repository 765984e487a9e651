"""What the star import brings of NumPy and matplotlib: the names of pylab.

matplotlib is imported when one of its names is first used, so a script that draws nothing never
waits for it. Until then, and after, a stand-in is used as what it stands for: it is called, it has
the same attributes and items, and it answers `isinstance` and can be subclassed if that is a class.
"""

from __future__ import annotations

import builtins
import copy
import inspect
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from . import numpy_
from .units.matplotlib_converter import register_with_matplotlib

if TYPE_CHECKING:
    from collections.abc import Iterator

# modules, by the name under which pylab knows them
MODULES: Final = {
    "cbook": "matplotlib.cbook",
    "matplotlib": "matplotlib",
    "mlab": "matplotlib.mlab",
    "mpl": "matplotlib",
    "plt": "matplotlib.pyplot",
    "rcsetup": "matplotlib.rcsetup",
    "style": "matplotlib.style",
}
# of matplotlib.pyplot
PYPLOT: Final = """
    Annotation Arrow Artist AutoLocator AxLine Axes BackendFilter Button Circle Colorizer
    ColorizingArtist Colormap Figure FigureBase FigureCanvasBase FigureManagerBase FixedFormatter
    FixedLocator FormatStrFormatter Formatter FuncFormatter GridSpec IndexLocator Line2D
    LinearLocator Locator LogFormatter LogFormatterExponent LogFormatterMathtext LogLocator
    MaxNLocator MouseButton MultipleLocator Normalize NullFormatter NullLocator PolarAxes Polygon
    Rectangle ScalarFormatter Slider Subplot SubplotSpec Text TickHelper Widget acorr
    angle_spectrum annotate arrow autoscale autumn axes axhline axhspan axis axline axvline
    axvspan backend_registry bar bar_label barbs barh bone box boxplot broken_barh cla clabel clf
    clim close cm cohere color_sequences colorbar colormaps connect contour contourf cool copper
    csd cycler delaxes disconnect draw draw_all draw_if_interactive ecdf errorbar eventplot
    figaspect figimage figlegend fignum_exists figtext figure fill fill_between fill_betweenx
    findobj flag gca gcf gci get get_backend get_cmap get_current_fig_manager get_figlabels
    get_fignums get_plot_commands get_scale_names getp ginput gray grid grouped_bar hexbin hist
    hist2d hlines hot hsv imread imsave imshow inferno install_repl_displayhook interactive ioff
    ion isinteractive jet legend locator_params loglog magma magnitude_spectrum margins matshow
    minorticks_off minorticks_on new_figure_manager nipy_spectral pause pcolor pcolormesh
    phase_spectrum pie pie_label pink plasma plot polar prism psd quiver quiverkey rc rcParams
    rcParamsDefault rcParamsOrig rc_context rcdefaults rgrids savefig sca scatter sci semilogx
    semilogy set_cmap set_loglevel setp show specgram spring spy stackplot stairs stem step
    streamplot subplot subplot2grid subplot_mosaic subplot_tool subplots subplots_adjust summer
    suptitle switch_backend table text thetagrids tick_params ticklabel_format tight_layout title
    tricontour tricontourf tripcolor triplot twinx twiny uninstall_repl_displayhook violinplot
    viridis vlines waitforbuttonpress winter xcorr xkcd xlabel xlim xscale xticks ylabel ylim
    yscale yticks
""".split()  # noqa: SIM905 - two hundred names are easier to read as text
# of matplotlib.pylab, and not of pyplot
PYLAB: Final = """
    DateFormatter DateLocator DayLocator HourLocator MinuteLocator MonthLocator RRuleLocator
    SecondLocator WeekdayLocator YearLocator date2num datestr2num detrend detrend_linear
    detrend_mean detrend_none drange flatten num2date silent_list window_hanning window_none
""".split()  # noqa: SIM905

# of the standard library
STANDARD: Final = (
    "datetime",
    "functools",
    "importlib",
    "inspect",
    "logging",
    "sys",
    "threading",
    "time",
)
# pylab keeps Python's built-in functions, but for these: sums and tests go by arrays
PYTHON: Final = frozenset(vars(builtins)) - {"all", "any", "divmod", "sum"}


@cache
def _imported(module: str) -> Any:
    found = import_module(module)
    if module.startswith("matplotlib"):
        register_with_matplotlib()
    return found


class StandIn:
    """What stands for a module, or for a name of a module, and imports it when used.

    Args:
        module: The module, such as "matplotlib.pyplot".
        name: The name there, such as "plot"; empty for the module itself.

    Raises:
        ImportError: When used: the module cannot be imported.
        AttributeError: When used: the installed version has no such name.
    """

    # private names, as all others are those of what it stands for
    __slots__ = ("__module", "__name")
    __module: str
    __name: str

    def __init__(self, module: str, name: str = "") -> None:
        object.__setattr__(self, "_StandIn__module", module)
        object.__setattr__(self, "_StandIn__name", name)

    def __actual(self) -> Any:
        module = _imported(self.__module)
        return getattr(module, self.__name) if self.__name else module

    def __repr__(self) -> str:
        return f"<stand-in for {'.'.join(filter(None, (self.__module, self.__name)))}>"

    # ------------------------------------------------------------------------ what `help` looks at

    @property
    def __name__(self) -> str:
        return self.__name or self.__module

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        doc: str | None = self.__actual().__doc__
        return doc

    @property
    def __signature__(self) -> inspect.Signature:
        try:
            return inspect.signature(self.__actual())
        except (TypeError, ValueError) as error:
            raise AttributeError(str(error)) from None

    def __str__(self) -> str:
        return str(self.__actual())

    def __dir__(self) -> list[str]:
        return dir(self.__actual())

    # ---------------------------------------------------------------------------------- attributes

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__actual(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__actual(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.__actual(), name)

    # ------------------------------------------------------------ functions and classes: `figure()`

    def __call__(self, *args: Any, **keywords: Any) -> Any:  # noqa: D102 - has another's __doc__
        return self.__actual()(*args, **keywords)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, self.__actual())

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, self.__actual())

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        del bases
        return (self.__actual(),)

    # ------------------------------------------------------ tables: `rcParams["font.size"] = 12`

    def __getitem__(self, key: Any) -> Any:
        return self.__actual()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.__actual()[key] = value

    def __delitem__(self, key: Any) -> None:
        del self.__actual()[key]

    def __contains__(self, key: object) -> bool:
        return key in self.__actual()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.__actual())

    def __len__(self) -> int:
        return len(self.__actual())

    def __bool__(self) -> bool:
        return bool(self.__actual())

    def __or__(self, other: Any) -> Any:
        return self.__actual() | other

    def __ror__(self, other: Any) -> Any:
        return other | self.__actual()

    def __copy__(self) -> Any:
        return copy.copy(self.__actual())

    def __deepcopy__(self, memory: Any) -> Any:
        return copy.deepcopy(self.__actual(), memory)

    def __reduce__(self) -> tuple[Any, ...]:
        return StandIn, (self.__module, self.__name)


def names_of_numpy() -> dict[str, Any]:
    """Return the names that pylab has from NumPy, and what each means.

    They are those of `numpy.linalg`, `numpy.fft` and `numpy.random` too. Where NumPy has functions
    that know nothing of units, ours stand in their place.
    """
    loaded = vars(numpy_)
    names = {name: loaded.get(name, StandIn(f"numpy.{name}")) for name in np.__all__}
    for part in (np.fft, np.random, np.linalg):
        names.update({name: getattr(part, name) for name in part.__all__})
    names["np"] = names["numpy"] = numpy_
    # NumPy's `core` is an old name of its internals; brainsim.core is the tradition's module
    kept_out = PYTHON | {"core"}
    return {n: v for n, v in names.items() if not (n in kept_out or n.startswith("_"))}


def names_of_matplotlib() -> dict[str, Any]:
    """Return the other names of pylab, and what each means; none where matplotlib is missing."""
    if find_spec("matplotlib") is None:
        return {}
    return {
        **{name: import_module(name) for name in STANDARD},
        **{name: StandIn(module) for name, module in MODULES.items()},
        **{name: StandIn("matplotlib.pyplot", name) for name in PYPLOT},
        **{name: StandIn("matplotlib.pylab", name) for name in PYLAB},
    }
