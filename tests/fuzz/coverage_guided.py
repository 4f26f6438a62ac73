"""Byte-level fuzzing led by coverage, with atheris: ``python -m fuzz.coverage_guided READER FOLDER [libFuzzer options]``.

The modules that read text are instrumented as they are imported. A first input that fails ends the process; it lies in the
folder then.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["geo.sitefiles", "geo.sites", "geo.yamls", "geo.limits", "geo.datum_params"]
):
    from fuzz.readers import READERS


def main() -> None:
    """Hand over to libFuzzer."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    reader = READERS[name]
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(reader.seeds):
        (corpus / f"seed{number}").write_bytes(content)
    warnings.simplefilter("ignore")

    def once(content: bytes) -> None:
        reader.outcome(content, alarmed=False)  # libFuzzer has its own alarm

    atheris.Setup([sys.argv[0], *sys.argv[3:], f"-artifact_prefix={folder}/", str(corpus)], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
