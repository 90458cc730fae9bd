"""The Star Schema Benchmark (O'Neil, O'Neil, Chen and Revilak, rev. 3, 2009): data, 13 queries, peers in one run."""
