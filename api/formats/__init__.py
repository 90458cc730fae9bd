"""Answers as bytes, in chunks: a format a file, and the table that all but JSON write."""
