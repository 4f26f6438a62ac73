"""What later commands read of ``run.json``: checked on reading, so that a file edited by hand is told, not tripped over."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from geo.certificate import STALE_AFTER_YEARS
from geo.errors import Problem, RunError
from geo.language import Lang


def _lang(value: str) -> str:
    return Lang(value)  # an enum itself is no validator from Python 3.13 on


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _figure(text: str) -> str:
    float(text)
    return text


class _Part(BaseModel):
    """Keys of later versions may be there; what is read must be of its kind, unconverted."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)


class _Options(_Part):
    files: list[str] = []
    layers: str = ""
    rules: str = ""
    keep_going: str = "False"
    what_if: list[str] = []
    overrides: str = ""
    stale_after: Annotated[str, AfterValidator(_figure)] = str(STALE_AFTER_YEARS)
    lang: Annotated[str, AfterValidator(_lang)] = Lang.ZH
    datum: list[str] = []
    map: list[str] = []
    site_layer: list[str] = []
    where: list[str] = []
    words: str = ""
    datum_params: str = ""
    industry: str = ""
    development: str = ""
    adcode: str = ""
    zone: str = ""


class _Rules(_Part):
    content_sha256: str
    by_id: dict[str, str] | None = None


class _Layer(_Part):
    key: str
    theme: str


class _Record(_Part):
    on: Annotated[str, AfterValidator(_day)]
    crs: str
    confidence: Annotated[float, Field(gt=0, lt=1)]
    move_radius_m: Annotated[float, Field(ge=0)]
    options: _Options = _Options()
    rules: _Rules
    layers: list[_Layer]
    versions: dict[str, str | None] = {}


#: Options that a run made by ``screen`` has.
_OF_SCREEN = ("files", "layers", "rules", "keep_going", "what_if", "overrides", "stale_after")


def refuse_odd(record: Any, path: Path) -> None:
    """Raise :class:`~geo.errors.RunError` with everything in a ``run.json`` that is not as this software writes it."""
    try:
        read = _Record.model_validate(record)
    except ValidationError as error:
        problems = [
            Problem(
                str(path),
                "",
                ".".join(map(str, fault["loc"])),
                str(fault["input"])[:60],
                "缺少这一项" if fault["type"] == "missing" else f"不是本软件写的值（{fault['msg']}）",
                "不要手改 run.json；恢复原件，或重新筛查一次",
            )
            for fault in error.errors()
        ]
        raise RunError(f"{path} 不是完整的运行记录", problems) from error
    lacking = [name for name in _OF_SCREEN if name not in read.options.model_fields_set]
    if "files" not in lacking and lacking:
        what, to_do = "缺少这一项", "不要手改 run.json；恢复原件，或重新筛查一次"
        raise RunError(
            f"{path} 不是完整的运行记录",
            [Problem(str(path), "", f"options.{name}", "", what, to_do) for name in lacking],
        )
