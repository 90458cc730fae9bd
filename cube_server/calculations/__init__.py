"""From relations to the answer: formulas, non-empty, having, order, totals, pages. Shared by all backends."""
