"""Figures of a run for print: overview maps, site maps, charts; each PNG (300 dpi), SVG and PDF.

``fonts`` and ``canvas`` say how anything is drawn, ``plane``, ``mapframe``, ``labels``, ``symbols`` and ``basemap``
what every map has, ``overview`` and ``sitemap`` are the maps, ``charts`` and ``matrix`` the rest; ``pictures``
lists what a run has and draws it.
"""
