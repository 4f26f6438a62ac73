"""Adding a container's layers to a manifest: every layer looked at, every fault said, all added or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from geo.containers import look_into
from geo.errors import LayerError, Problem
from geo.manifest.entry import propose
from geo.manifest.file import append_entries, read_entries
from geo.manifest.proposal import Proposal, Stated


def propose_layers(
    file: Path,
    manifest: Path,
    stated: Stated,
    names: Sequence[str] = (),
    answers: Mapping[str, Stated] | None = None,
) -> list[Proposal]:
    """A proposal for each layer of ``file`` (of ``names`` only, if any), faults and questions included.

    ``answers`` hold what was said of single layers, by name. Raises :class:`~geo.errors.LayerError` where
    the file cannot be read, a name is not in it, or a theme is stated for several layers at once.
    """
    if manifest.is_dir():
        manifest = manifest / "manifest.yaml"
    held = look_into(file)
    there = [facts.name for facts in held]
    problems = [
        Problem(str(file), "", "--layer", name, "文件里没有这个图层", f"现有：{'、'.join(there)}")
        for name in names
        if name not in there
    ]
    chosen = [facts for facts in held if not names or facts.name in names]
    if len(chosen) > 1:
        # a theme or a line is true of one layer; the rest may well be common to a delivery
        problems += [
            Problem(
                str(file), "", option, value, f"文件有 {len(chosen)} 个图层，不知道指哪个", "同时写 --layer"
            )
            for option, value in {"--theme": stated.theme, "--line": stated.line}.items()
            if value is not None
        ]
    if problems:
        raise LayerError("选项与文件不符", problems)
    entries = list(read_entries(manifest))
    found = []
    for facts in chosen:
        proposal = propose(facts, manifest, entries, (answers or {}).get(facts.name, stated))
        if not proposal.skipped and "key" in proposal.entry:
            entries.append(proposal.entry)  # so that no two of one container share a key
        found.append(proposal)
    return found


def answered(stated: Stated, field: str, value: str) -> Stated:
    """What was said, and one answer more (``field`` as in a manifest).

    >>> answered(Stated(theme="park"), "accuracy_m", "5").accuracy_m
    '5'
    """
    return replace(stated, **{field: value})


def add_layers(manifest: Path, proposals: Sequence[Proposal]) -> list[str]:
    """Append the proposals' entries and return their keys; all or none.

    Layers that the manifest holds already are passed over. Raises :class:`~geo.errors.LayerError` with
    everything that is missing or wrong in any layer.
    """
    if manifest.is_dir():
        manifest = manifest / "manifest.yaml"
    open_ = [p for p in proposals if not p.skipped]
    problems = [problem for p in open_ for problem in p.problems]
    for p in open_:
        problems += [
            Problem(str(p.facts.path), p.facts.name, name, "", "还不知道", question)
            for name, question in p.missing.items()
        ]
    if not any(not p.skipped or p.held for p in proposals):
        problems += [
            Problem(str(p.facts.path), p.facts.name, "", "", p.skipped, "确要登记就写 --layer 和 --theme")
            for p in proposals
        ]
    if problems:
        raise LayerError(f"有 {len(problems)} 处不明或有错，清单未改动", problems)
    if open_:
        append_entries(manifest, [p.entry for p in open_])
    return [str(p.entry["key"]) for p in open_]
