"""Runs an algorithm of the QGIS plugin without windows, and says what came of it. Never run by pytest itself."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts" / "qgis_plugin"))


def main() -> None:
    from qgis.core import (
        QgsApplication,
        QgsProcessingContext,
        QgsProcessingException,
        QgsProcessingFeedback,
        QgsProject,
        QgsVectorLayer,
    )

    application = QgsApplication([], False)
    application.initQgis()
    import hongxian_qgis

    plugin = hongxian_qgis.classFactory(None)
    plugin.initProcessing()
    registry = QgsApplication.processingRegistry()
    asked = json.loads(sys.stdin.read())
    said: dict[str, object] = {
        "algorithms": {a.id(): a.displayName() for a in registry.providerById("hongxian").algorithms()}
    }

    class Heard(QgsProcessingFeedback):
        def __init__(self) -> None:
            super().__init__(False)
            self.progresses: list[float] = []
            self.progressChanged.connect(self.progresses.append)

    if asked:
        project = QgsProject.instance()
        for name, path in asked.get("layers", {}).items():
            layer = QgsVectorLayer(path, name, "ogr")
            assert layer.isValid(), path
            project.addMapLayer(layer)
        context, feedback = QgsProcessingContext(), Heard()
        context.setProject(project)
        algorithm = registry.createAlgorithmById(asked["algorithm"])
        parameters = asked["parameters"]
        try:
            ok, message = algorithm.checkParameterValues(parameters, context)
            assert ok, message
            if asked.get("cancel"):
                feedback.cancel()
            results, ok = algorithm.run(parameters, context, feedback, {}, False)
            said |= {"ok": ok, "results": {name: str(value) for name, value in results.items()}}
        except QgsProcessingException as error:
            said["error"] = str(error)
        said["log"] = feedback.textLog()
        said["progress"] = feedback.progresses
        said["loaded"] = [
            {
                "name": details.name,
                "renderer": layer.renderer().type() if hasattr(layer.renderer(), "type") else "",
                "labels": bool(getattr(layer, "labelsEnabled", lambda: False)()),
                "features": layer.featureCount() if hasattr(layer, "featureCount") else None,
            }
            for layer_id, details in context.layersToLoadOnCompletion().items()
            for layer in [context.temporaryLayerStore().mapLayer(layer_id)]
        ]
        table = said.get("results", {}).get("TABLE")  # type: ignore[attr-defined]
        if table:
            held = context.getMapLayer(table) or QgsVectorLayer(table, "table", "ogr")
            said["table"] = [list(map(str, row.attributes())) for row in held.getFeatures()]
    print(json.dumps(said, ensure_ascii=False), flush=True)
    os._exit(0)  # QGIS may crash while it takes itself down: what counts is printed


if __name__ == "__main__":
    main()
