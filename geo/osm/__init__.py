"""OpenStreetMap as a stopgap: layers from an extract that the user has, until official ones are at hand."""
