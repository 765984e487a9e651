"""What objects show of themselves in notebooks and on the screen."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

import brainsim as b
from brainsim.model.representation import Description, Table, dedented


@pytest.fixture(autouse=True)
def _numpy_target():
    b.defaultclock.dt = 0.1 * b.ms
    b.prefs.codegen.target = "numpy"
    yield
    b.prefs.reset_to_defaults()


class Printer:
    """Takes text as IPython's pretty printer does."""

    def __init__(self):
        self.written = ""

    def text(self, text):
        self.written += text


class Page(HTMLParser):
    """Reads HTML: its text, and whether every tag is closed by its own kind."""

    def __init__(self, html):
        super().__init__()
        self.text, self.open = "", []
        self.cells = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        del attrs
        self.open.append(tag)
        self.cells += tag in {"td", "th"}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read(obj):
    """Return the text of an object's HTML, which must be well formed."""
    page = Page(obj._repr_html_())
    assert not page.open
    return page.text


@pytest.fixture
def network():
    cells = b.NeuronGroup(
        10,
        "dv/dt = (1.1 - v)/(10*ms) : 1 (unless refractory)",
        threshold="v > 1 and i < 5",
        reset="""v = 0
                 v += 0.1""",
        refractory=2 * b.ms,
        events={"big": "v > 0.5"},
        method="exact",
        name="cells",
    )
    cells.run_on_event("big", "v = v")
    syn = b.Synapses(
        cells,
        cells,
        "w : 1",
        on_pre={"pre": "v_post += w", "up": "w += 1"},
        on_event={"up": "big"},
        name="syn",
    )
    syn.connect(i=0, j=1)
    trace = b.StateMonitor(cells, "v", [0, 1], every=2, name="trace")
    mean = b.StateMonitor(cells, "v", True, reduce="mean", name="mean")
    spikes = b.SpikeMonitor(cells, name="spikes")
    events = b.EventMonitor(cells, "big", name="events")
    rate = b.PopulationRateMonitor(cells, name="rate")
    return b.Network(cells, syn, trace, mean, spikes, events, rate, name="net")


class TestHtml:
    @pytest.mark.row("26 notebooks")
    def test_neurons_show_equations_threshold_and_code(self, network):
        text = read(network["cells"])
        assert "NeuronGroup 'cells', 10 elements" in text
        # read as HTML, the LaTeX is that of the equations, & and all
        assert network["cells"].equations._repr_latex_() in text
        assert "v > 1 and i < 5" in text
        assert "v = 0\nv += 0.1" in text
        assert "2. ms" in text
        assert "event big" in text
        assert "on event big" in text

    def test_synapses_show_their_pathways(self, network):
        text = read(network["syn"])
        assert "Synapses 'syn' from 'cells' to 'cells', 1 synapse" in text
        assert "on_pre (pre)" in text
        assert "on_pre (up) at big" in text
        assert "v_post += w" in text

    def test_monitors_show_how_much_they_hold(self, network):
        network.run(2 * b.ms)
        trace = read(network["trace"])
        assert "StateMonitor 'trace' of 'cells', 10 rows" in trace
        assert "2 of 10" in trace
        assert "2 steps" in trace
        assert "reduced tomean" in read(network["mean"])
        assert "SpikeMonitor 'spikes' of 'cells', 0 spikes" in read(network["spikes"])
        assert "EventMonitor 'events' of 'cells', 0 events 'big'" in read(network["events"])
        assert "20 rows" in read(network["rate"])

    def test_networks_show_their_objects(self, network):
        text = read(network)
        assert "Network 'net' at t = 0. s" in text
        assert all(name in text for name in ("cells", "syn", "trace", "NeuronGroup"))

    def test_subgroups_and_inputs_show_themselves(self):
        poisson = b.PoissonGroup(3, 10 * b.Hz, name="noise")
        group = b.NeuronGroup(4, "v : 1", name="group")
        assert read(poisson) == "PoissonGroup 'noise', 3 elements\n\nrates10. Hz\n"
        assert "rates10. Hz to 30. Hz" in read(b.PoissonGroup(3, [10, 20, 30] * b.Hz))
        assert "rates(i + 1)*Hz" in read(b.PoissonGroup(3, "(i + 1)*Hz"))
        given = b.SpikeGeneratorGroup(2, [0, 1, 0], [1, 2, 3] * b.ms, period=5 * b.ms)
        assert "spikes3\nperiod5. ms" in read(given)
        part = b.Subgroup(group, 1, 3, name="part")
        assert "Subgroup 'part', elements 1 to 2 of 'group'" in read(part)

    def test_delays_of_synapses_are_shown(self):
        group = b.NeuronGroup(2, "v : 1", threshold="v > 1", reset="v = 0")
        syn = b.Synapses(group, group, on_pre={"pre": "v += 1", "late": "v += 1"},
                         delay={"late": 5 * b.ms})  # fmt: skip
        syn.connect()
        assert "delay (pre)" not in read(syn)
        assert "delay (late)5. ms" in read(syn)
        syn.delay = "(i + 2*j)*ms"
        assert "delay (pre)0. s to 3. ms" in read(syn)

    def test_neurons_with_a_morphology_show_the_equations_that_were_given(self):
        morphology = b.Soma(10 * b.um)
        morphology.axon = b.Cylinder(1 * b.um, n=3, length=30 * b.um)
        model = "Im = 0*amp/meter**2 : amp/meter**2\nI : amp (point current)"
        cell = b.SpatialNeuron(morphology, model, name="cell")
        text = read(cell)
        assert "SpatialNeuron 'cell', 4 compartments" in text
        assert b.Equations(model)._repr_latex_() in text
        assert "elements 1 to 3 of 'cell'" in read(cell.axon)
        assert "area" not in text + read(cell.axon)
        twins = b.SpatialNeuron(morphology, model, cells=2, name="twins")
        assert "SpatialNeuron 'twins', 2 cells of 4 compartments" in read(twins)

    def test_what_looks_like_html_is_text(self):
        description = Description("a<b>", "x & y < z", (("<i>", "</code>"),))
        text = Page(description.html()).text
        assert "a<b>" in text
        assert "x & y < z" in text
        assert "</code>" in text


class TestLatexAndPretty:
    def test_groups_give_the_latex_of_their_equations(self, network):
        cells = network["cells"]
        assert cells._repr_latex_() == cells.equations._repr_latex_()
        assert network["rate"]._repr_latex_() is None

    def test_a_program_shows_its_summary(self, network):
        printer = Printer()
        program = network.program()
        program._repr_pretty_(printer, cycle=False)
        assert printer.written == program.summary()

    def test_views_give_the_latex_of_their_values(self):
        group = b.NeuronGroup(2, "v : volt\nk : 1")
        assert group.v._repr_latex_() == group.v[:]._repr_latex_()
        assert group.k._repr_latex_() is None

    def test_pretty_is_the_ordinary_representation(self, network):
        for obj in (network, network["cells"], network["trace"], network["cells"].v):
            printer = Printer()
            obj._repr_pretty_(printer, cycle=False)
            assert printer.written == repr(obj)

    def test_what_contains_itself_is_cut(self, network):
        printer = Printer()
        network._repr_pretty_(printer, cycle=True)
        assert printer.written == "Network(...)"


class TestRepr:
    @pytest.mark.row("26 reprs")
    def test_objects_say_what_they_are(self, network):
        cells = network["cells"]
        assert repr(network["trace"]) == "<StateMonitor, recording ['v'] from 'cells'>"
        assert repr(network["mean"]) == "<StateMonitor, recording the mean of ['v'] from 'cells'>"
        assert repr(b.Subgroup(cells, 0, 1, "a")) == "<Subgroup 'a' of 'cells' from 0 to 1>"
        assert repr(cells).startswith("NeuronGroup(clock=Clock(dt=")
        assert repr(cells).endswith("when=start, order=0, name='cells')")
        assert repr(cells.v[:2]) == "array([0., 0.])"


class TestSummaries:
    def test_the_schedule_is_a_table_of_objects_in_order(self, network):
        table = b.scheduling_summary(network)
        header, rule, *rows = str(table).splitlines()
        assert [cell.strip() for cell in header.split("|")] == [
            *("object", "part of", "clock dt", "when", "order", "active")
        ]
        assert set(rule) == {"-", "+"}
        cells = [[cell.strip() for cell in row.split("|")] for row in rows]
        assert ["syn_up", "syn", "100. us", "synapses", "-1", "yes"] in cells
        assert [row[0] for row in cells] == [
            obj.name for obj in network.sorted_objects if obj.name not in {"cells", "syn"}
        ]  # what does nothing itself is left out
        assert repr(table) == str(table)
        page = Page(table._repr_html_())
        assert page.cells == 6 * (1 + len(rows))

    def test_profiling_ranks_objects(self, network):
        network.run(1 * b.ms, profile=True)
        lines = str(b.profiling_summary(network)).splitlines()
        assert lines[:2] == ["Profiling summary", "================="]
        shares = [float(line.split()[-2]) for line in lines[2:]]
        assert shares == sorted(shares, reverse=True)
        # each share is rounded to a hundredth of a per cent
        assert abs(sum(shares) - 100) <= 0.005 * len(shares) + 1e-9
        assert len(str(b.profiling_summary(network, show=2)).splitlines()) == 4
        assert "Profiling summary" in read(b.profiling_summary(network))

    def test_an_empty_table_is_its_header(self):
        assert str(Table("", ("a", "b"), ())) == "a | b\n--+--"
        assert str(Table("Title", (), ())) == "Title\n====="


def test_code_loses_its_indentation_and_empty_lines():
    assert dedented("\n    v = 0\n\n    w += 1\n") == "v = 0\nw += 1"
