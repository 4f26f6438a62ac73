"""Advice on a verdict: what to survey, where rules meet, and the smallest move that breaks no rule."""
