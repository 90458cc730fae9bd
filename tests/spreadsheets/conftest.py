"""What pytest must know of this folder."""

# It runs inside LibreOffice's Python, the only one that has `uno`.
collect_ignore = ["office.py"]
