"""Formulas as text and as trees: one grammar for calculated measures and for conditions."""
