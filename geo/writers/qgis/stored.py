"""The project and the styles inside the GeoPackage, so that the one file is enough.

``layer_styles`` (a QML a layer, used when a layer is dragged in alone) is registered as an attribute table, as QGIS itself
does; ``qgis_projects`` holds the zipped project as hexadecimal text, unregistered, as QGIS writes it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from geo.writers.content import Content, Kind
from geo.writers.packed import written_on
from geo.writers.qgis.maplayers import GEOMETRY_COLUMN, style_document

_STYLES = """CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
update_time DATETIME DEFAULT CURRENT_TIMESTAMP)"""
_PROJECTS = "CREATE TABLE qgis_projects (name TEXT PRIMARY KEY, metadata BLOB, content BLOB)"


def store(gpkg: Path, contents: Sequence[Content], project: bytes, name: str, on: date) -> None:
    """Write the default style of every table and the zipped project ``name`` into the GeoPackage."""
    moment = f"{written_on(on).isoformat()}T00:00:00.000Z"
    with closing(sqlite3.connect(gpkg)) as file, file:
        file.execute(_STYLES)
        file.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)"
            " VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '', '', ?)",
            [
                (
                    content.name,
                    "" if content.kind is Kind.TABLE else GEOMETRY_COLUMN,
                    content.title,
                    style_document(content).decode("utf-8"),
                    f"{content.title} ({content.lang.of(content.group)})",
                    moment,
                )
                for content in contents
            ],
        )
        file.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)"
            " VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)",
            (moment,),
        )
        file.execute(
            "INSERT INTO gpkg_ogr_contents (table_name, feature_count) VALUES ('layer_styles', ?)",
            (len(contents),),
        )
        file.execute(_PROJECTS)
        metadata = json.dumps({"last_modified_time": moment[:19], "last_modified_user": "hongxian"})
        file.execute(
            "INSERT INTO qgis_projects VALUES (?, ?, ?)", (name, metadata, project.hex().encode("ascii"))
        )
