"""Answers as values: dictionaries of members, axes of tuples, cell sets, pages of members and facts."""
