"""Calling the installed command: found, run with progress and cancellation, its faults told as they are."""

import os
import queue
import shutil
import subprocess
import threading
from pathlib import Path

from qgis.core import QgsProcessingException

#: Name of the setting that holds the path of the command.
SETTING = "HONGXIAN_COMMAND"

#: What QGIS sets for its own Python and GDAL would break another one's.
_OF_QGIS = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONEXECUTABLE",
    "GDAL_DATA",
    "GDAL_DRIVER_PATH",
    "PROJ_LIB",
    "PROJ_DATA",
    "VIRTUAL_ENV",
)
_MISSING = (
    "找不到 hongxian 命令。请先安装（pip install hongxian 的安装包），再在“设置 → 选项 → 处理 → 提供者 → 红线选址研判”中"
    "填写它的路径，例如 C:\\hongxian\\Scripts\\hongxian.exe"
)


def find_command():
    """The command: from the setting, the environment variable of the same name, or PATH."""
    stated = _setting() or os.environ.get(SETTING, "")
    if stated:
        if not Path(stated).is_file():
            raise QgsProcessingException(f"设置的 hongxian 命令不存在：{stated}")
        return stated
    found = shutil.which("hongxian")
    if not found:
        raise QgsProcessingException(_MISSING)
    return found


def _setting():
    try:
        from processing.core.ProcessingConfig import ProcessingConfig
    except ImportError:
        return ""
    return (ProcessingConfig.getSetting(SETTING) or "").strip()


def verbs():
    """The verbs that the installed command knows, from its help."""
    done = subprocess.run(
        [find_command(), "--help"], capture_output=True, env=_environment(), timeout=120, **_quiet()
    )
    text = done.stdout.decode("utf-8", "replace")
    return {line.split()[0] for line in text.splitlines() if line.startswith("  ") and line.split()}


def require(verb):
    """Refuse in plain words where the installed version does not know a verb."""
    if verb not in verbs():
        raise QgsProcessingException(
            f"本机安装的 hongxian 没有 {verb} 这项功能，请升级后再试（命令：{find_command()}）"
        )


def run(arguments, feedback, stages=8):
    """Run the command; each line it says is shown, each stage moves the bar. Returns what it wrote to standard output."""
    command = [find_command(), *[str(argument) for argument in arguments]]
    feedback.pushCommandInfo(subprocess.list2cmdline(command))
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment(), **_quiet()
    )
    said = queue.Queue()
    readers = [
        threading.Thread(target=_read, args=(stream, name, said), daemon=True)
        for stream, name in ((process.stdout, "out"), (process.stderr, "err"))
    ]
    for reader in readers:
        reader.start()
    out, errors, step = [], [], 0
    while any(reader.is_alive() for reader in readers) or not said.empty():
        if feedback.isCanceled():
            process.terminate()
            process.wait(timeout=30)
            raise QgsProcessingException("已取消；没有写出结果")
        try:
            name, line = said.get(timeout=0.2)
        except queue.Empty:
            continue
        if name == "out":
            out.append(line)
        else:
            errors.append(line)
            feedback.pushInfo(line)
            step += 1
            feedback.setProgress(min(95, 100 * step / (stages + 1)))
    code = process.wait()
    if code != 0:
        raise QgsProcessingException("\n".join(errors[-40:]) or f"hongxian 以 {code} 退出")
    feedback.setProgress(100)
    return "\n".join(out)


def _read(stream, name, said):
    for raw in iter(stream.readline, b""):
        line = raw.decode("utf-8", "replace").rstrip()
        if line:
            said.put((name, line))
    stream.close()


def _environment():
    kept = {name: value for name, value in os.environ.items() if name not in _OF_QGIS}
    return {**kept, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", "COLUMNS": "160"}


def _quiet():
    """No black window on Windows."""
    return {"creationflags": 0x08000000} if os.name == "nt" else {}
