"""Rollups: cuboids of the facts that are kept, and answered from wherever they tell all that a question asks."""
