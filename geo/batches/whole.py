"""What is of a large run as a whole, from what its parts say: zones, counts, days of expiry, coverage, provenance."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.advice.move_frames import no_moves
from geo.assessment import Assessment, serves, told_aside
from geo.batches.arrow import rows_of, shapes_in, unpacked
from geo.batches.folder import PartsFolder
from geo.batches.job import Job
from geo.certificate import certify, rank_gaps
from geo.contracts import conform, empty
from geo.coverage import check_coverage
from geo.frames import (
    CONFLICTS,
    EXPIRY,
    FINDINGS,
    OVERRIDES,
    PORTFOLIO,
    REJECTED,
    SCOPE,
    SITE_NOTES,
    SITES,
    SURVEY_NEEDED,
    VERDICTS,
    ZONES,
)
from geo.runs.expiry import PAST
from geo.runs.fingerprint import SITE_CONTENT, hash_shapes
from geo.scope import SiteScope
from geo.space import Geometries
from geo.terms import Outcome
from geo.writers.provenance import provenance

if TYPE_CHECKING:
    import pyarrow as pa

#: Sites whose positions are hashed at once.
_HASHED = 50_000


class Whole:
    """A large run, all parts of which are finished."""

    def __init__(self, job: Job, folder: PartsFolder, inputs: tuple[str, ...]) -> None:
        self.job, self.folder, self.inputs = job, folder, inputs
        said = folder.said
        assert said is not None
        self.said = said
        self.parts = int(said["parts"])

    def frames(self, name: str) -> Iterator[pd.DataFrame]:
        """A frame of each part that has it."""
        return (unpacked(path) for path in self.folder.files(f"{name}.parquet", self.parts))

    @cached_property
    def tallies(self) -> list[dict[str, Any]]:
        """The counts of each part."""
        files = self.folder.files("tally.json", self.parts)
        return [json.loads(path.read_text(encoding="utf-8")) for path in files]

    @cached_property
    def outcomes(self) -> dict[str, int]:
        """Sites by outcome."""
        total: Counter[str] = Counter()
        for tally in self.tallies:
            total.update(tally["outcomes"])
        return dict(total)

    def rows(self, name: str) -> int:
        """How many rows of a layer or table there are."""
        return sum(int(tally["rows"].get(name, 0)) for tally in self.tallies)

    def zones(self) -> gpd.GeoDataFrame:
        """The features measured from, each once, in the order of rules and layers."""
        held: list[pd.DataFrame] = []
        seen: set[str] = set()
        for frame in self.frames("zones"):
            new = frame[~frame["zone_id"].isin(seen)]
            seen.update(new["zone_id"])
            if len(new):
                held.append(new)
        if not held:
            return cast(gpd.GeoDataFrame, empty(ZONES, spatial=True))
        together = gpd.GeoDataFrame(pd.concat(held, ignore_index=True), geometry="geometry", crs=held[0].crs)
        rules = {rule_id: number for number, rule_id in enumerate(self.job.rulebook.rules)}
        keys = pd.DataFrame({"rule": together["rule_id"].map(rules), "reference": together["reference"]})
        # within a reference parts have the readings and features in one order already
        order = keys.sort_values(["rule", "reference"], kind="stable").index
        return conform(together.loc[order], ZONES)

    def portfolio(self) -> pd.DataFrame:
        """How many sites each rule checks, hits, stops; which sites is in the findings."""
        together = pd.concat([*self.frames("portfolio"), empty(PORTFOLIO)], ignore_index=True)
        counts = ["checked", "hits", "open", "stops", "stops_alone", "holds_open"]
        summed = together.groupby(["rule_id", "title", "bites_as"], sort=False, as_index=False)[counts].sum()
        ranking = ["stops", "stops_alone", "holds_open", "hits"]
        ordered = summed.sort_values([*ranking, "rule_id"], ascending=[False] * 4 + [True])
        return conform(ordered.assign(site_ids=""), PORTFOLIO)

    def expiry(self) -> pd.DataFrame:
        """The days after which the run may say otherwise, and how many sites each concerns."""
        together = pd.concat([*self.frames("expiry"), empty(EXPIRY)], ignore_index=True)
        named = ["expires_on", "kind", "what", "rule_id", "layer_key"]
        summed = together.groupby(named, sort=False, as_index=False)["sites"].sum()
        ordered = summed.assign(past=summed["kind"].isin(PAST)).sort_values(
            ["past", "expires_on", "rule_id", "layer_key", "what"], kind="stable"
        )
        return conform(ordered.assign(site_ids=""), EXPIRY)

    def assessment(self) -> Assessment:
        """The run without rows of single sites: of those some that stand for all on maps, and which rules and layers spoke."""
        job, moves = self.job, no_moves()
        spoke = pd.concat([*self.frames("spoke"), empty(FINDINGS)], ignore_index=True)
        certificate = certify(job.rulebook, job.catalog, job.on, job.stale_after)
        return Assessment(
            rulebook=job.rulebook,
            catalog=job.catalog,
            on=job.on,
            confidence=job.confidence,
            sites=self._outermost(),
            rejected=conform(pd.DataFrame(self.said["rejected"], columns=list(REJECTED)), REJECTED),
            scope=SiteScope(empty(SCOPE), {}),
            zones=self.zones(),
            findings=conform(spoke.drop_duplicates(["rule_id", "layer_key", "demo"]), FINDINGS),
            verdicts=empty(VERDICTS),
            coverage=check_coverage(job.rulebook, job.catalog, job.on),
            certificate=certificate,
            gaps=rank_gaps(certificate),
            site_notes=conform(pd.DataFrame(self.said["notes"], columns=list(SITE_NOTES)), SITE_NOTES),
            moves=moves.moves,
            moved=moves.moved,
            stay=moves.stay,
            survey_needed=cast(gpd.GeoDataFrame, empty(SURVEY_NEEDED, spatial=True)),
            conflicts=cast(gpd.GeoDataFrame, empty(CONFLICTS, spatial=True)),
            move_radius_m=0.0,
            inputs=self.inputs,
            expiry=self.expiry(),
            overrides=job.decisions.frame if job.decisions is not None else empty(OVERRIDES),
            withheld=job.withheld,
            set_aside=self._set_aside(set(spoke["rule_id"])),
        )

    def _set_aside(self, spoke: set[str]) -> pd.DataFrame:
        """The layers that could not be read, with the rules that they would have served; which sites is in the findings."""
        rules = [rule for rule in self.job.rulebook.in_force(self.job.on) if rule.id in spoke]
        return told_aside(
            self.job.catalog,
            lambda layer: ([rule.id for rule in rules if serves(layer, rule, self.job.catalog)], []),
        )

    def _outermost(self) -> gpd.GeoDataFrame:
        """Of each part the sites farthest out."""
        chosen = []
        for number in range(self.parts):
            path = self.folder.sites_of(number)
            chosen.append(rows_of(path, sorted(outermost(shapes_in(path)))))
        return conform(gpd.GeoDataFrame(pd.concat(chosen, ignore_index=True), crs=chosen[0].crs), SITES)

    def provenance(self, assessment: Assessment, crs: str, options: dict[str, Any]) -> dict[str, Any]:
        """The content of ``run.json``: as of any run, its counts those of all parts."""
        record = provenance(assessment, crs, options)
        record["sites"] |= {"read": int(self.said["sites"]), "content_sha256": self.hash_sites()}
        record["outcomes"] = {str(outcome): self.outcomes.get(outcome, 0) for outcome in Outcome}
        record["advice"] |= {
            "surveys_needed": self.rows("survey_needed"),
            "conflicts": self.rows("conflict_points") + self.rows("conflicts"),
        }
        record["parts"] = self.parts
        return record

    def hash_sites(self) -> str:
        """What :func:`geo.runs.fingerprint.hash_sites` gives of all sites, without holding their shapes at once."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        files = [self.folder.sites_of(number) for number in range(self.parts)]

        def column(name: str) -> Any:
            return pa.concat_tables([pq.read_table(path, columns=[name]) for path in files]).column(name)

        order = np.argsort(column("site_id").to_numpy(), kind="stable")
        runs = [order[first : first + _HASHED] for first in range(0, len(order), _HASHED)]
        digest = hashlib.sha256()
        for name in SITE_CONTENT:
            values = column(name)
            digest.update(f"{name}\n".encode())
            for run in runs:
                digest.update(_lines(values.take(run)))
        held = column("geometry")
        pieces = (shapely.from_wkb(held.take(run).to_numpy()) for run in runs)
        digest.update(
            hash_shapes(shapely.set_precision(piece, 1e-9, mode="pointwise") for piece in pieces).encode()
        )
        return digest.hexdigest()


def outermost(shapes: Geometries) -> set[int]:
    """The rows of the shapes farthest west, south, east and north."""
    box = shapely.bounds(shapes)
    return {int(box[:, k].argmin()) for k in (0, 1)} | {int(box[:, k].argmax()) for k in (2, 3)}


def _lines(values: pa.ChunkedArray) -> bytes:
    """Values as text, a line each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return "".join(f"{value}\n" for value in values.to_numpy()).encode()
    ends = pa.ListArray.from_arrays([0, len(values)], values.combine_chunks())
    return pc.binary_join(ends, pa.scalar("\n", values.type))[0].as_buffer().to_pybytes() + b"\n"
