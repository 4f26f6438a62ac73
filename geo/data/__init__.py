"""Data files that travel with the package: tables of codes and words."""
