"""The report of a run: one document model, written as Word and as HTML, so that both say the same.

``document`` is the model; ``summary``, ``basis``, ``results``, ``site``, ``restoration`` and ``closing`` are the chapters
as data; ``compose`` puts them together; ``word`` and ``page`` write them, ``pdf`` turns the Word file into a PDF.
"""
