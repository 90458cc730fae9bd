"""Rollups in a database: tables beside the facts, of which cuboids are asked wherever they tell all that is asked."""
