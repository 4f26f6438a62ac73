"""The report as data: cover and chapters in the order a reviewer reads them."""

from __future__ import annotations

from geo.writers.dossier import Dossier
from geo.writers.figures.pictures import Album
from geo.writers.report.basis import write_basis
from geo.writers.report.closing import write_limits, write_points, write_rules
from geo.writers.report.document import Document, number_captions
from geo.writers.report.restoration import write_restoration
from geo.writers.report.results import write_results
from geo.writers.report.site import sites_detailed, write_sites
from geo.writers.report.summary import write_summary
from geo.writers.styles import DEMO_NOTE, DEMO_NOTE_EN, PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN


def compose_report(dossier: Dossier, album: Album, detailed_up_to: int) -> Document:
    """The document of a run; at most ``detailed_up_to`` sites get a section of their own."""
    say, assessment = dossier.lang, dossier.assessment
    rows = sites_detailed(dossier, detailed_up_to)
    detailed = {
        str(assessment.sites["site_id"].iloc[row]): f"4.{place}" for place, row in enumerate(rows, start=1)
    }
    plans = [
        say.of(plan.title)
        for plan in assessment.rulebook.plans.values()
        if any(dossier.rule(r).plan == plan.id for r in dossier.rule_ids)
    ]
    sections = [
        write_summary(dossier, "1"),
        *write_basis(dossier, "2"),
        *write_results(dossier, album, "3", detailed),
        *write_sites(dossier, album, "4", rows),
        *write_restoration(dossier, album, "5"),
        write_limits(dossier, "6"),
        write_points(dossier, say("附录A", "Annex A"), rows),
        write_rules(dossier, say("附录B", "Annex B")),
    ]
    notes = [say(PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN)]
    if assessment.has_demo:
        notes.append(say(DEMO_NOTE, DEMO_NOTE_EN))
    return Document(
        title=say("项目选址初步研判报告", "Preliminary screening of project sites"),
        subtitle=say("依据生态环境规划空间管控要求", "against the spatial rules of environmental plans"),
        cover=[
            (say("研判日期", "As of"), f"{assessment.on:%Y-%m-%d}"),
            (say("项目数", "Sites"), str(len(assessment.sites))),
            (
                say("项目清单", "Site lists"),
                say("、", ", ").join(
                    path.replace("\\", "/").rsplit("/", 1)[-1] for path in assessment.inputs
                ),
            ),
            (
                say("依据规划", "Plans"),
                say("、", ", ").join(f"《{plan}》" if say("中", "") else plan for plan in plans),
            ),
            (say("编制单位", "Prepared by"), "＿＿＿＿＿＿＿＿"),
            (say("密级", "Circulation"), say("内部资料", "internal")),
        ],
        notes=notes,
        sections=number_captions(sections),
    )
