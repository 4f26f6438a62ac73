"""The starter layers, their manifest and the example sites; see README.md in this folder."""
