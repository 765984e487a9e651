"""Array scripts for SLURM. Input: a plan. Output: a script and its arguments. Does not: run."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Sequence
from pathlib import Path

from .plan import SweepPlan
from .store import open_store

SCRIPT, LINES = "sweep.sh", "runs.txt"

# {...} is filled in; what stands between quotes in sh never becomes code
_TEXT = """\
#!/bin/sh
#SBATCH --array=0-{last}
#SBATCH --cpus-per-task={threads}
{options}
# Each task does {runs_per_task} of {runs} runs, those that are missing: line k of {lines} has the
# arguments of run k-1, with tabs between. Needs no Python. A run is complete when its folder has
# its name. Afterwards call sweep() with the folder "out".
out={out}
program={program}

set -u
tab=$(printf '\\t')
run=$((SLURM_ARRAY_TASK_ID * {runs_per_task}))
end=$((run + {runs_per_task}))
[ "$end" -le {runs} ] || end={runs}
status=0
while [ "$run" -lt "$end" ]; do
    name=$(printf 'run-%05d' "$run")
    run=$((run + 1))
    [ -d "$out/$name" ] && continue
    attempt="$out/$name.part-slurm-${{SLURM_JOB_ID:-0}}-$$"
    mkdir -p "$attempt" || exit 1
    line=$(sed -n "${{run}}p" "$out/{lines}")
    set -f
    IFS=$tab
    # shellcheck disable=SC2086 # split at tabs
    set -- $line
    unset IFS
    set +f
    if (cd "$program" && exec ./main "$@" --out "$attempt"); then
        [ -d "$out/$name" ] || mv "$attempt" "$out/$name"
    else
        echo "$name has failed" >&2
        status=1
    fi
done
exit "$status"
"""


def write_script(
    plan: SweepPlan, out: Path | str, runs_per_task: int, options: Sequence[str], *, resume: bool
) -> Path:
    """Write the script of a sweep; see `write_slurm_script`.

    Raises:
        ValueError: The folder has another sweep, or a path or an option cannot be written.
    """
    folder = Path(out).resolve()
    per_task = int(runs_per_task)
    if per_task < 1:
        raise ValueError(f"a task does at least one run, not {runs_per_task}")
    for text in (str(folder), str(plan.program.folder), *options):
        if any(letter in text for letter in "\t\n\r"):
            raise ValueError(f"tabs and line ends cannot stand in a script: {text!r}")
    open_store(folder, plan.identity(), resume=resume)
    lines = []
    for number in range(plan.runs):
        # long values are the same for all repeats
        place = folder / "values" / f"{number % len(plan.points):05d}"
        words = plan.program.arguments(
            plan.params(number), plan.duration, plan.seed_of(number), place, plan.threads
        )
        for empty in (place, place.parent):
            with contextlib.suppress(OSError):
                empty.rmdir()
        # the script says itself where the results go
        lines.append("\t".join(words[words.index("--threads") :]))
    (folder / LINES).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    text = _TEXT.format(
        last=-(-plan.runs // per_task) - 1,
        threads=plan.threads or 1,
        options="".join(f"#SBATCH {option}\n" for option in options),
        runs_per_task=per_task,
        runs=plan.runs,
        lines=LINES,
        out=shlex.quote(str(folder)),
        program=shlex.quote(str(plan.program.folder)),
    )
    script = folder / SCRIPT
    script.write_text(text, encoding="utf-8")
    script.chmod(0o755)
    return script
