"""Recordings that are written to a Zarr store while the network runs, and the limit of memory."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import zarr

import brainsim as b
from brainsim.model import memory, streaming


@pytest.fixture(autouse=True)
def _fresh():
    b.defaultclock.dt = 0.1 * b.ms
    yield
    b.prefs.reset_to_defaults()


def neurons():
    """Return neurons whose state changes."""
    group = b.NeuronGroup(3, "dv/dt = (2*mV - v)/(10*ms) : volt", method="exact", name="cells")
    group.v = "i*mV"
    return group


@pytest.mark.row("29 monitors: every=, dtype=, reduce=, last=, to=")
def test_what_is_on_disk_is_what_memory_would_hold(tmp_path, monkeypatch):
    # 16 rows (three values and a time) between two writes
    monkeypatch.setattr(streaming, "_CHUNK_BYTES", 16 * 32)
    group = neurons()
    whole = b.StateMonitor(group, "v", record=True)
    streamed = b.StateMonitor(group, "v", record=True, to=tmp_path / "v.zarr")
    net = b.Network(group, whole, streamed)
    net.run(5 * b.ms)
    net.run(2.3 * b.ms)
    store = zarr.open_group(str(tmp_path / "v.zarr"), mode="r")
    np.testing.assert_array_equal(np.asarray(store["v"]).T, whole.v_)
    np.testing.assert_array_equal(np.asarray(store["t"]), whole.t_[:])
    assert streamed.recording.capacity <= 16
    np.testing.assert_array_equal(streamed.v, whole.v)
    np.testing.assert_array_equal(streamed[1].v, whole[1].v)
    assert store["v"].attrs["unit"] == "V"
    assert store.attrs["record"] == [0, 1, 2]


def test_the_store_can_be_read_while_running(tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "_CHUNK_BYTES", 10 * 32)
    group = neurons()
    streamed = b.StateMonitor(group, "v", record=True, to=tmp_path / "v.zarr")
    seen = []

    @b.network_operation(dt=1 * b.ms, when="end")
    def look(t):  # noqa: ARG001 - the present time is not needed
        store = zarr.open_group(str(tmp_path / "v.zarr"), mode="r")
        seen.append((store["t"].shape[0], store["v"].shape[0], streamed.N))

    b.Network(group, streamed, look).run(5 * b.ms)
    rows = [on_disk for on_disk, _, _ in seen]
    assert rows == sorted(rows)
    assert rows[-1] >= 30  # 41 rows have come, less than 10 are still in memory
    assert all(v >= t for t, v, _ in seen)
    assert [n for _, _, n in seen] == [1, 11, 21, 31, 41]


def test_a_statistic_can_be_streamed(tmp_path):
    group = neurons()
    mean = b.StateMonitor(group, "v", True, reduce="mean", every=5, to=tmp_path / "mean")
    b.Network(group, mean).run(2 * b.ms)
    mean.record_single_timestep()
    assert mean.v.shape == (5,)
    assert zarr.open_group(str(tmp_path / "mean"), mode="r")["v"].shape == (5,)


def test_restore_cuts_off_what_came_later(tmp_path):
    group = neurons()
    streamed = b.StateMonitor(group, "v", True, to=tmp_path / "v")
    net = b.Network(group, streamed)
    net.run(1 * b.ms)
    kept = streamed.v[:]
    net.store()
    net.run(1 * b.ms)
    net.restore()
    np.testing.assert_array_equal(streamed.v, kept)
    net.run(0.5 * b.ms)
    assert streamed.N == zarr.open_group(str(tmp_path / "v"), mode="r")["t"].shape[0] == 15


def test_restore_refuses_a_store_that_is_too_short(tmp_path):
    group = neurons()
    streamed = b.StateMonitor(group, "v", True, to=tmp_path / "v")
    net = b.Network(group, streamed)
    net.run(1 * b.ms)
    with pytest.raises(ValueError, match="after 20 rows"):
        streamed.recording.set_state({"rows": np.array([20])})


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(FileExistsError, match="another name"):
        b.StateMonitor(neurons(), "v", True, to=tmp_path / "mine")


def test_without_zarr_the_message_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(ImportError, match=r"brainsim-snn\[zarr\]"):
        b.StateMonitor(neurons(), "v", True, to=tmp_path / "v")


class TestMemory:
    @pytest.mark.row("29 a memory estimate before a run")
    def test_a_run_that_will_not_fit_is_refused_before_it_starts(self):
        group = neurons()
        small = b.StateMonitor(group, "v", 0, name="small")
        large = b.StateMonitor(group, "v", True, name="large")
        net = b.Network(group, small, large)
        with pytest.raises(MemoryError) as caught:
            net.run(1e9 * b.second)
        text = str(caught.value)
        assert text.startswith("'large' will need ")
        assert all(word in text for word in ("80 %", "every=", "float32", "last=", "max_memory"))
        assert net.t_ == 0
        net.run(1 * b.ms)
        assert large.N == 10

    def test_the_preference_sets_the_limit(self):
        group = neurons()
        monitor = b.StateMonitor(group, "v", True)
        net = b.Network(group, monitor)
        # 100 rows of three values and a time, eight bytes each
        b.prefs.core.max_memory = 3199
        with pytest.raises(MemoryError, match=r"allows 3\.2 kB"):
            net.run(10 * b.ms)
        b.prefs.core.max_memory = 3200
        net.run(10 * b.ms)
        assert monitor.N == 100

    @pytest.mark.parametrize(
        "options",
        [{"last": 1 * b.ms}, {"every": 100}, {"reduce": "mean", "every": 50}],
        ids=["last", "every", "reduce"],
    )
    def test_the_remedies_help(self, options):
        group = neurons()
        b.prefs.core.max_memory = 1000
        net = b.Network(group, b.StateMonitor(group, "v", True, **options))
        net.run(100 * b.ms)

    def test_streaming_needs_little(self, tmp_path):
        group = neurons()
        monitor = b.StateMonitor(group, "v", True, to=tmp_path / "v")
        # a megabyte between two writes, whatever the length of the run
        assert monitor.bytes_until(1e6) <= 2**20

    def test_what_is_switched_off_needs_nothing(self):
        group = neurons()
        monitor = b.StateMonitor(group, "v", True)
        monitor.active = False
        b.prefs.core.max_memory = 0
        b.Network(group, monitor).run(1 * b.ms)

    def test_spikes_are_not_foreseen(self):
        group = b.NeuronGroup(2, "v : 1", threshold="v > 1", reset="")
        b.prefs.core.max_memory = 0
        b.Network(group, b.SpikeMonitor(group)).run(1 * b.ms)

    def test_the_limit_of_a_control_group_counts(self, tmp_path, monkeypatch):
        monkeypatch.setattr(memory, "_CGROUP", tmp_path)
        without = memory.available_memory()
        (tmp_path / "memory.max").write_text("3000\n", encoding="ascii")
        (tmp_path / "memory.current").write_text("1500\n", encoding="ascii")
        (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 500\n", encoding="ascii")
        assert memory.available_memory() == 2000
        (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
        # other processes come and go between the two readings
        assert memory.available_memory() > without / 2
