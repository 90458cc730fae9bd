"""Every number about speed that the docs quote: `python -m benchmarks`, or `make bench`."""
