"""Restoration: strips by bank, what covers them now, what is missing, what to do first and who is in the way.

Tasks come from the rule book (:mod:`geo.task`), ground and cover from the layers; :mod:`geo.restoration.plan`
tells the whole.
"""
