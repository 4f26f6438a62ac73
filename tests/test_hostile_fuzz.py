"""Spoiled files for every reader: no error but one with a cause and a cure, no hang, nothing wrong in silence.

The same inputs each time; ``HONGXIAN_FUZZ_EXAMPLES`` tries more, ``scripts/fuzz`` goes on for as long as one likes.
"""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import pytest
from conftest import TRIED
from fuzz.mutations import ODD_NUMBERS, ODD_TEXT
from fuzz.readers import READERS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from geo.sites import read_files

EXAMPLES = int(os.environ.get("HONGXIAN_FUZZ_EXAMPLES", "40"))
QUIET = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[
        Phase.explicit,
        Phase.generate,
    ],  # a failing input is kept as it is; shrinking a spoiled archive takes long
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@pytest.mark.parametrize("name", READERS)
def test_a_spoiled_file_is_read_or_refused(name: str, record_property: Any) -> None:
    reader, counts = READERS[name], Counter[str]()
    for seed in reader.seeds:
        assert reader.outcome(seed) == "read"

    @QUIET
    @given(st.randoms(use_true_random=False))
    def spoiled(random: Random) -> None:
        counts[reader.outcome(reader.candidate(random))] += 1

    spoiled()
    record_property(TRIED, {"reader": name, "counts": dict(counts)})


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")
@pytest.mark.parametrize("name", ["site csv", "datum params"])
def test_bytes_led_by_coverage_are_read_or_refused(name: str, tmp_path: Path, record_property: Any) -> None:
    """Some seconds of what ``scripts/fuzz --atheris`` does for as long as one likes."""
    tests = Path(__file__).parent
    options = ["-max_total_time=4", "-seed=1", "-timeout=30", "-rss_limit_mb=4096", "-max_len=8000"]
    done = subprocess.run(
        [sys.executable, "-m", "fuzz.coverage_guided", name, str(tmp_path), *options],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=240,
        check=False,
        cwd=tests.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests)])},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    tried = int(re.findall(r"^#(\d+)\s", done.stderr, re.MULTILINE)[-1])
    assert tried > 20
    record_property(TRIED, {"reader": f"{name}, bytes", "counts": {"tried": tried}})


CELL = st.one_of(
    st.sampled_from(
        [
            "A",
            "2521",
            "新建",
            "112.5",
            "37.8",
            "110°42′43.6″",
            "cgcs2000",
            "140107",
            "4194600.0",
            "38385200.0",
        ]
    ),
    st.sampled_from(ODD_TEXT),
    st.sampled_from(ODD_NUMBERS),
    st.text(max_size=6),
)
HEADINGS = ["编号", "行业代码", "建设性质", "经度", "纬度", "坐标系", "行政区划代码", "项目名称"]


@QUIET
@given(rows=st.lists(st.lists(CELL, min_size=8, max_size=8), min_size=1, max_size=12))
def test_every_row_of_a_table_is_a_site_or_a_fault(tmp_path: Path, rows: list[list[str]]) -> None:
    """Rows in = sites + rows with faults; only rows without any text at all are passed over."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([HEADINGS, *rows])
    path = tmp_path / "a.csv"
    path.write_bytes(out.getvalue().encode("utf-8", "replace"))
    (file,) = read_files(path)
    whole_file = [
        problem for problem in file.problems if not problem.where.startswith("第") or problem.where == "第1行"
    ]
    if whole_file:
        return  # the table as such is refused
    good = {row["source"].rpartition(" ")[2] for row in file.rows}
    bad = {problem.where for problem in file.problems}
    assert not good & bad
    held = [row for row in rows if any(value.encode("utf-8", "replace").decode().strip() for value in row)]
    if not _a_heading_is_among(rows):
        assert len(good | bad) == len(held), (good, bad)


def _a_heading_is_among(rows: list[list[str]]) -> bool:
    """Whether a row could be read as headings of another block."""
    return any(len({"编号", "经度", "纬度"} & set(row)) > 1 for row in rows)
