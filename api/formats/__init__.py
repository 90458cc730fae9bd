"""Answers as bytes, in chunks: JSON, CSV and Arrow."""
