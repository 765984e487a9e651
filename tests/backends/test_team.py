"""The team of threads alone, watched by ThreadSanitizer: barriers order what threads do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPILER = shutil.which("gcc") or shutil.which("clang")

PROGRAM = """
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include "bs_team.h"

#define STEPS 300
enum { MOST = 6 };
static int64_t of_each[MOST], sum, members;

/* each adds to a number of its own; the last one to arrive adds them up */
static void work(void *what, int thread)
{
    (void)what;
    for (int step = 0; step < STEPS; step++) {
        of_each[thread] += thread + 1;
        if (bs_arrive()) {
            sum = 0;
            for (int k = 0; k < members; k++) sum += of_each[k];
            bs_release();
        }
        if (sum != (step + 1) * members * (members + 1) / 2) abort();
        if (bs_arrive()) bs_release();
    }
}

int main(void)
{
    static const int counts[] = {2, 6, 3, 1, 6};
    for (int k = 0; k < 5; k++) {
        bs_prepare_team();
        members = bs_take_team(counts[k]);
        if (members != counts[k] || bs_take_team(2) != 0) return 1;
        for (int i = 0; i < MOST; i++) of_each[i] = 0;
        bs_work_together(work, NULL, (int)members);
        if (sum != STEPS * members * (members + 1) / 2) return 2;
        bs_leave_team();
    }
    puts("done");
    return 0;
}
"""


@pytest.mark.skipif(sys.platform != "linux" or COMPILER is None, reason="needs gcc on Linux")
@pytest.mark.parametrize("sanitizer", [[], ["-fsanitize=thread"]], ids=["plain", "tsan"])
def test_barriers_order_what_threads_do(tmp_path: Path, sanitizer: list[str]) -> None:
    source, program = tmp_path / "team.c", tmp_path / "team"
    source.write_text(PROGRAM)
    flags = [
        "-O2",
        "-g",
        "-Wall",
        "-Wno-unused-function",
        "-Werror",
        f"-I{ROOT / 'codegen' / 'include'}",
    ]
    command = [str(COMPILER), *flags, *sanitizer]
    built = subprocess.run(
        [*command, str(source), "-o", str(program), "-lpthread", "-lm"],
        capture_output=True,
        text=True,
        check=False,
    )
    if sanitizer and built.returncode:
        pytest.skip("there is no ThreadSanitizer")
    assert built.returncode == 0, built.stderr
    environment = {**os.environ, "TSAN_OPTIONS": "halt_on_error=1"}
    ran = subprocess.run(
        [str(program)], capture_output=True, text=True, check=False, env=environment, timeout=300
    )
    if "unexpected memory mapping" in ran.stderr:
        pytest.skip("ThreadSanitizer does not run on this system")
    assert (ran.returncode, ran.stdout) == (0, "done\n"), ran.stderr
