"""The user's mapping file: what the words of their lists mean, answered once for all (``--words``).

::

    industries:
      洗煤: {codes: ["0610"], processes: [coal_washing]}   # a word, wherever it stands, or a whole cell
    developments:
      技改: [rebuild]

An entry without codes or developments is a question that still waits; the row stays a fault.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from geo.errors import Problem, RunError, SiteError
from geo.industries import industries
from geo.terms import Development, Process
from geo.yamls import Strict, parse, validate


class IndustryAnswer(Strict):
    """What a word means: codes of GB/T 4754-2017 and processes."""

    codes: list[str] = []
    processes: list[Process] = []

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = [code for code in self.codes if code not in industries()]
        if unknown:
            raise ValueError(f'GB/T 4754-2017 没有代码 {"、".join(unknown)}（带引号，如 "0610"）')
        return self


class Answers(Strict):
    """The content of a mapping file; keys are compared without blanks, full width made half."""

    industries: dict[str, IndustryAnswer] = Field(default_factory=dict)
    developments: dict[str, list[Development]] = Field(default_factory=dict)

    def industry_words(self) -> Mapping[str, IndustryAnswer]:
        """Answered words by their plain form."""
        return {plain(word): answer for word, answer in self.industries.items() if answer.codes}

    def development_words(self) -> Mapping[str, tuple[Development, ...]]:
        """Answered words by their plain form."""
        return {plain(word): tuple(found) for word, found in self.developments.items() if found}


def plain(text: str) -> str:
    """A word without blanks and full-width letters, as it is compared.

    >>> plain(" Ｃ２５２１ 炼焦 ")
    'C2521炼焦'
    """
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def read_answers(path: Path | str) -> Answers:
    """A mapping file. Raises :class:`~geo.errors.SiteError` with every fault and its line."""
    problems: list[Problem] = []
    content = parse(Path(path), problems)
    found = validate(Answers, content or {}, Path(path), problems) if not problems else None
    if found is None:
        raise SiteError("词语对照表不能用", problems)
    return found


def proposal(asked: Iterable[Problem], known: Answers) -> str:
    """The text of a mapping file: the answers held, then every open question with its candidates.

    ``asked`` are the faults whose ``field`` is industry or development and whose ``value`` is the word.

    >>> fault = Problem("a.csv", "第2行", "development", "技改", "可能是 改建、扩建", "")
    >>> print(proposal([fault], Answers()))
    # 词语对照表：填好后用 --words 给出；一次填写，以后都按此理解。
    # industries：codes 填 GB/T 4754-2017 代码，带引号；developments 填 new、rebuild、expand、existing。
    industries: {}
    developments:
      # a.csv 第2行：可能是 改建、扩建
      "技改": []
    <BLANKLINE>
    """
    places: dict[tuple[str, str], list[Problem]] = {}
    for problem in asked:
        places.setdefault((problem.field, plain(problem.value)), []).append(problem)
    lines = [
        "# 词语对照表：填好后用 --words 给出；一次填写，以后都按此理解。",
        "# industries：codes 填 GB/T 4754-2017 代码，带引号；developments 填 new、rebuild、expand、existing。",
    ]
    for field, heading in (("industry", "industries"), ("development", "developments")):
        body = _held(known, field)
        for (of, word), problems in places.items():
            if of != field or not word:
                continue
            first = problems[0]
            more = f" 等 {len(problems)} 处" if len(problems) > 1 else ""
            note = " ".join(f"{first.file} {first.where}{more}：{first.what}".split())
            body += [f"  # {note}", f"  {_quoted(word)}: {'{codes: []}' if field == 'industry' else '[]'}"]
        lines += [f"{heading}:", *body] if body else [f"{heading}: {{}}"]
    return "\n".join(lines) + "\n"


def write_proposal(path: Path, asked: Iterable[Problem], known: Answers) -> None:
    """Write :func:`proposal`; an existing file is never overwritten (:class:`~geo.errors.RunError`)."""
    if path.exists():
        raise RunError(f"文件已存在，未覆盖：{path}；换一个名字")
    try:
        path.write_text(proposal(asked, known), encoding="utf-8")
    except OSError as error:
        raise RunError(f"无法写入 {path}：{error.strerror or error}；核对路径、权限与磁盘空间") from error


def _held(known: Answers, field: str) -> list[str]:
    if field == "development":
        return [
            f"  {_quoted(word)}: [{', '.join(found)}]" for word, found in known.developments.items() if found
        ]
    return [
        f"  {_quoted(word)}: {{codes: [{', '.join(map(_quoted, answer.codes))}]"
        + (f", processes: [{', '.join(answer.processes)}]" if answer.processes else "")
        + "}"
        for word, answer in known.industries.items()
        if answer.codes
    ]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
