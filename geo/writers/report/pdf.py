"""``report.pdf``: the Word report through LibreOffice, with its table of contents renewed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from geo.asides import aside
from geo.errors import RunError

_PROGRAMS = ("soffice", "libreoffice", "/Applications/LibreOffice.app/Contents/MacOS/soffice")
_SECONDS = 600

#: Opens a document, renews its indexes twice (their own length moves pages), and exports it.
_MACRO = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Hongxian" script:language="StarBasic">
Sub ToPdf(source As String, target As String)
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden" : hidden(0).Value = True
  Dim document As Object
  document = StarDesktop.loadComponentFromURL(source, "_blank", 0, hidden())
  Dim round As Integer, place As Integer
  For round = 1 To 2
    For place = 0 To document.DocumentIndexes.Count - 1
      document.DocumentIndexes.getByIndex(place).update()
    Next place
  Next round
  Dim filter(0) As New com.sun.star.beans.PropertyValue
  filter(0).Name = "FilterName" : filter(0).Value = "writer_pdf_Export"
  document.storeToURL(target, filter())
  document.close(True)
End Sub
</script:module>
"""
_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false" library:passwordprotected="false">
 <library:element library:name="Hongxian"/>
</library:library>
"""


def find_office() -> str | None:
    """The LibreOffice program of this machine, if it has one."""
    return next((found for program in _PROGRAMS if (found := shutil.which(program))), None)


def refuse_without_office() -> None:
    """Raise :class:`~geo.errors.RunError` where no PDF can be made."""
    if find_office() is None:
        raise RunError("没有找到 LibreOffice，不能生成 PDF；安装 LibreOffice，或去掉 --pdf 后用 Word 另存")


def write_pdf(report: Path, target: Path) -> None:
    """Turn ``report.docx`` into a PDF.

    Runs LibreOffice with a profile of its own, so that one already open does not matter. Raises
    :class:`~geo.errors.RunError` where LibreOffice is missing or fails.
    """
    refuse_without_office()
    with aside() as folder:
        profile = folder / "profile"
        _run(
            [f"-env:UserInstallation={profile.as_uri()}", "--terminate_after_init"], folder
        )  # lays out the profile
        standard = profile / "user" / "basic" / "Standard"
        standard.mkdir(parents=True, exist_ok=True)
        (standard / "script.xlb").write_text(_LIBRARY, encoding="utf-8")
        (standard / "Hongxian.xba").write_text(_MACRO, encoding="utf-8")
        call = (
            f'macro:///Standard.Hongxian.ToPdf("{report.resolve().as_uri()}","{target.resolve().as_uri()}")'
        )
        said = _run([f"-env:UserInstallation={profile.as_uri()}", call], folder)
    if not target.exists():
        raise RunError(
            f"LibreOffice 未能生成 PDF：{said or '没有说明原因'}；改用 report.docx，或更新 LibreOffice"
        )


def _run(arguments: list[str], aside_in: Path) -> str:
    """Run LibreOffice without a window, its own temporary files in a folder of ours; the last thing it said."""
    env = {**os.environ, "TMPDIR": str(aside_in), "TEMP": str(aside_in), "TMP": str(aside_in)}
    command = [str(find_office()), "--headless", "--norestore", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, env=env)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RunError(f"LibreOffice 未能生成 PDF：{error}；改用 report.docx，或更新 LibreOffice") from error
    return (done.stderr.decode("utf-8", "replace").strip().splitlines() or [""])[-1]
