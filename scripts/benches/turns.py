"""Contestants that take turns: each a script run in a process of its own, in the environment it needs.

A contestant's script is called with the folder of the work and the file for its answer; it times its own work (not imports, not
reading) and prints, as its last line, JSON with ``seconds`` and, where it has them, ``prepare_s`` and ``versions``. Ratios are taken turn by turn
and their median is told, so that a machine whose speed drifts harms no one.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

INSTALL_S = 900


@dataclass(frozen=True)
class Contestant:
    """A tool: its script, and what pip is asked for (nothing: the checkout's own environment)."""

    name: str
    script: Path
    packages: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    python: str = sys.executable


@dataclass
class Told:
    """What a contestant said in its turns, or why it said nothing."""

    turns: list[dict[str, Any]] = field(default_factory=list)
    failed: str = ""

    def median(self, key: str = "seconds") -> float:
        """The median over the turns."""
        return statistics.median(float(turn[key]) for turn in self.turns)


def environment(contestant: Contestant, environments: Path) -> tuple[str, str]:
    """The interpreter of a contestant, and why it could not be installed (empty where it could)."""
    if not contestant.packages:
        return contestant.python, ""
    home = environments / contestant.name
    python, done = home / "bin" / "python", home / "installed.txt"
    wanted = " ".join(contestant.packages)
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return str(python), ""
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        *contestant.packages,
    ]
    try:
        pip = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        return "", f"pip took longer than {INSTALL_S} s"
    if pip.returncode:
        errors = [line for line in pip.stderr.splitlines() if line.startswith("ERROR")]
        return "", (errors or ["pip failed"])[-1].removeprefix("ERROR: ")
    done.write_text(wanted, encoding="utf-8")
    return str(python), ""


def in_turns(
    contestants: Sequence[Contestant], work: Path, rounds: int, environments: Path, timeout_s: float = 1800
) -> dict[str, Told]:
    """Let each contestant take ``rounds`` turns, one after the other; its answer lies in ``work/NAME.answer``."""
    told = {contestant.name: Told() for contestant in contestants}
    for number in range(rounds):
        for contestant in contestants:
            mine = told[contestant.name]
            if mine.failed:
                continue
            python, mine.failed = environment(contestant, environments)
            if mine.failed:
                print(f"  {contestant.name}: did not install: {mine.failed}", flush=True)
                continue
            turn, mine.failed = _turn(contestant, python, work, timeout_s)
            if mine.failed:
                print(f"  {contestant.name}: failed: {mine.failed}", flush=True)
                continue
            mine.turns.append(turn)
            print(f"  {number + 1}/{rounds} {contestant.name}: {turn['seconds']:.2f} s", flush=True)
    return told


def ratios(told: Mapping[str, Told], ours: str) -> dict[str, float]:
    """How many times as long as ours the others took: the median of the ratios turn by turn."""
    own = told[ours].turns
    return {
        name: statistics.median(t["seconds"] / o["seconds"] for t, o in zip(other.turns, own, strict=False))
        for name, other in told.items()
        if other.turns and own
    }


def _turn(contestant: Contestant, python: str, work: Path, timeout_s: float) -> tuple[dict[str, Any], str]:
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(work),
        "PYTHONWARNINGS": "ignore",
        **contestant.variables,
    }
    command = [python, str(contestant.script), str(work), str(work / f"{contestant.name}.answer")]
    # the peak of the child is asked of the child itself: this process only knows that of all its children
    wrapped = [sys.executable, "-c", _WITH_PEAK, *command]
    try:
        done = subprocess.run(
            wrapped, capture_output=True, text=True, timeout=timeout_s, check=False, env=variables
        )
    except subprocess.TimeoutExpired:
        return {}, f"longer than {timeout_s:.0f} s"
    lines = done.stdout.strip().splitlines()
    if done.returncode or len(lines) < 2:
        return {}, (done.stderr.strip().splitlines() or ["no answer"])[-1]
    return {**json.loads(lines[-2]), "peak_mb": float(lines[-1])}, ""


_WITH_PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, flush=True)
sys.exit(code)
"""


def peak_mb(children: bool = False) -> float:
    """The most memory this process has held, MB; or the largest of the processes that it started and that have ended."""
    whose = resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF
    return resource.getrusage(whose).ru_maxrss / 1024
