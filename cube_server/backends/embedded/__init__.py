"""The default backend: NumPy over encoded columns in memory, no service to start."""
