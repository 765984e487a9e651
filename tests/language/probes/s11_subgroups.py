"""Section 11: subgroups."""

from __future__ import annotations

from typing import Any

from probing import probe, raised


@probe("11 semantics")
def relative_indices(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(10, "x : 1", name="whole")
    group.x = "i*i"
    part = group[3:7]
    part.x[1] = 100
    part.x["i == 2"] = -1
    return {
        "i": part.i[:],
        "N": int(part.N),
        "x": part.x[:],
        "all": group.x[:],
        "start": int(part.start),
        "stop": int(part.stop),
        "source": part.source.name,
    }


@probe("11 G[a:b], G[3], G[[3,4,5]]")
def forms(b: Any) -> dict[str, Any]:
    group = b.NeuronGroup(10, "x : 1", name="whole")
    group.x = "i"
    return {
        "negative": group[-4:-1].x[:],
        "one": group[3].x[:],
        "several": group[[3, 4, 5]].x[:],
        "clipped": len(group[8:50]),
        "empty": raised(lambda: group[5:5]),
        "outside": raised(lambda: group[10]),
    }
