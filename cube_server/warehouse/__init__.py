"""The star schema as Parquet: immutable files, and a manifest for each snapshot; the reading side."""
