"""The user's unit prices: yuan a mu or a hectare, by treatment.

.. code-block:: yaml

    还林: {元每亩: 3000}
    退出: {元每公顷: 1500000}
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from geo.errors import Problem, RunError
from geo.restoration.strips import MU_PER_HA
from geo.terms import Treatment
from geo.yamls import Strict, parse, validate

Amount = Annotated[float, Field(ge=0)]


class Price(Strict):
    """One price, a mu or a hectare."""

    per_mu: Annotated[Amount | None, Field(alias="元每亩")] = None
    per_ha: Annotated[Amount | None, Field(alias="元每公顷")] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.per_mu is None) == (self.per_ha is None):
            raise ValueError("给出 元每亩 或 元每公顷 其中之一")
        return self

    @property
    def yuan_per_ha(self) -> float:
        """The price of a hectare.

        >>> Price(per_mu=1000).yuan_per_ha
        15000.0
        """
        return self.per_ha if self.per_ha is not None else (self.per_mu or 0.0) * MU_PER_HA


class _Prices(Strict):
    prices: dict[str, Price]


def read_prices(path: Path) -> dict[Treatment, float]:
    """Yuan a hectare by treatment, from a YAML file keyed by the treatments' Chinese or English words.

    Raises :class:`~geo.errors.RunError` with every fault.
    """
    problems: list[Problem] = []
    content = parse(path, problems)
    read = validate(_Prices, {"prices": content}, path, problems) if not problems else None
    words = {**{t.zh: t for t in Treatment}, **{str(t): t for t in Treatment}}
    found: dict[Treatment, float] = {}
    for word, price in (read.prices if read is not None else {}).items():
        if word not in words:
            known = "、".join(t.zh for t in Treatment)
            problems.append(Problem(str(path), "", word, "", "不认识的修复措施", f"改用 {known}"))
            continue
        if words[word] in found:
            problems.append(Problem(str(path), "", word, "", "同一措施写了两次", "只留一个"))
        found[words[word]] = price.yuan_per_ha
    if problems or read is None:
        raise RunError("单价文件不能用", problems)
    return found
