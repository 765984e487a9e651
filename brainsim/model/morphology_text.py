"""Drawing the topology of a morphology with characters."""

from __future__ import annotations

from typing import Any

_LONGEST = 50


def topology_lines(root: Any) -> list[str]:
    """Return one line per section: a dash per compartment, indented by where the section begins.

    Args:
        root: The section to start from; very long sections are shown shortened.
    """
    lines: list[str] = []
    waiting = [(root, "", 0)]
    while waiting:
        section, path, column = waiting.pop()
        is_root = section is root
        count = min(section.n, _LONGEST)
        body = "( )" if section.type == "soma" and section.n == 1 else "-" * count + "|"
        lines.append(" " * column + ("" if is_root else "`") + f"{body}  {path or '[root]'}")
        end = column + count + 2
        children = section.children
        found = [(child, f"{path}.{children.name(child)}", end) for child in children]
        waiting += reversed(found)
    return lines
