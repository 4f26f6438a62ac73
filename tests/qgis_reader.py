"""What real QGIS makes of a project, as JSON. Run by the interpreter that has PyQGIS, never by pytest itself."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def main() -> None:
    from qgis.core import (
        QgsApplication,
        QgsExpression,
        QgsExpressionContext,
        QgsExpressionContextUtils,
        QgsLayoutExporter,
        QgsProject,
        QgsRenderContext,
    )

    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    read = project.read(sys.argv[1])
    layers = {layer.id(): layer for layer in project.mapLayers().values()}
    said: dict[str, object] = {
        "read": read,
        "crs": project.crs().authid(),
        "themes": project.mapThemeCollection().mapThemes(),
        "shown": {
            theme: [layer.id() for layer in project.mapThemeCollection().mapThemeVisibleLayers(theme)]
            for theme in project.mapThemeCollection().mapThemes()
        },
        "relations": {r.id(): r.isValid() for r in project.relationManager().relations().values()},
        "bookmarks": [mark.name() for mark in project.bookmarkManager().bookmarks()],
        "order": [layer.id() for layer in project.layerTreeRoot().layerOrder()],
        "layers": {
            key: {
                "name": layer.name(),
                "valid": layer.isValid(),
                "source": layer.source(),
                "features": layer.featureCount() if hasattr(layer, "featureCount") else None,
                "aliases": {f.name(): f.alias() for f in layer.fields()} if hasattr(layer, "fields") else {},
                "widgets": {f.name(): f.editorWidgetSetup().type() for f in layer.fields()}
                if hasattr(layer, "fields")
                else {},
                "geometry": layer.geometryType() if hasattr(layer, "geometryType") else None,
            }
            for key, layer in layers.items()
        },
    }
    sites = layers["hongxian_sites"]
    tips = {}
    for feature in sites.getFeatures():
        context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(sites))
        context.setFeature(feature)
        tips[feature["site_id"]] = QgsExpression.replaceExpressionText(sites.mapTipTemplate(), context)
    said["tips"] = tips
    config = sites.editFormConfig()
    said["form"] = [tab.name() for tab in config.tabs()]
    atlases = {}
    for layout in project.layoutManager().printLayouts():
        atlas = layout.atlas()
        if not atlas.enabled():
            continue
        atlas.updateFeatures()
        pages, atlas_index = [], 0
        going = atlas.first()
        while going:
            pages.append(
                {
                    "site_id": atlas.nameForPage(atlas_index),
                    "scale": round(layout.referenceMap().scale()),
                }
            )
            atlas_index += 1
            going = atlas.next()
        atlases[layout.name()] = pages
        if len(sys.argv) > 2 and len(pages) < 12:  # one atlas shows that they print
            pdf = str(Path(sys.argv[2]) / f"{layout.name()}.pdf")
            settings = QgsLayoutExporter.PdfExportSettings()
            settings.dpi = 96  # quick: what is read is the text
            settings.textRenderFormat = QgsRenderContext.TextFormatAlwaysText
            code, _ = QgsLayoutExporter.exportToPdf(atlas, pdf, settings)
            said.setdefault("exported", {})[layout.name()] = [int(code), pdf]  # type: ignore[attr-defined]
    said["atlases"] = atlases
    print(json.dumps(said), flush=True)
    os._exit(0)  # QGIS may crash while it takes itself down: what counts is printed


if __name__ == "__main__":
    main()
