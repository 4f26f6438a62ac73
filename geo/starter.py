"""The starter layers: where they lie, and laying them out as a workspace of the user's own."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from geo.errors import RunError


def starter_folder() -> Path:
    """The folder of the starter layers (``manifest.yaml``, GeoPackages, example sites).

    >>> (starter_folder() / "manifest.yaml").is_file()
    True
    """
    spec = find_spec("hongxian_layers")
    if spec is not None and spec.submodule_search_locations:
        return Path(spec.submodule_search_locations[0])
    beside = Path(__file__).parent.parent / "layers"  # a checkout that is not installed
    if (beside / "manifest.yaml").is_file():
        return beside
    raise RunError("没有找到起始图层；请重新安装 hongxian")


def lay_out_workspace(folder: Path) -> list[Path]:
    """Copy the starter layers and example sites into a new workspace; returns what was written.

    Raises :class:`~geo.errors.RunError` where the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise RunError(f"文件夹不是空的，未写入任何东西：{folder}；换一个新的文件夹")
    (folder / "layers").mkdir(parents=True)
    (folder / "outputs").mkdir()
    written = []
    for source in sorted(starter_folder().iterdir()):
        if source.suffix in (".py", ".pyc") or source.is_dir():
            continue
        target = folder / source.name if source.stem == "example_sites" else folder / "layers" / source.name
        shutil.copyfile(source, target)
        written.append(target)
    return written
