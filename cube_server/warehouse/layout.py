"""Where the parts of a warehouse lie in its folder; docs/adr/0005-warehouse-format.md says why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of a warehouse.

    Attributes:
        root: The warehouse's folder.
    """

    root: Path

    @property
    def snapshots(self) -> Path:
        """Holds one manifest a snapshot. A file in here is what makes a snapshot visible."""
        return self.root / "snapshots"

    @property
    def retired(self) -> Path:
        """Holds the manifests of snapshots that were retired, until their files are removed."""
        return self.root / "retired"

    @property
    def data(self) -> Path:
        """Holds a folder a table with its immutable Parquet files, named by their content."""
        return self.root / "data"

    @property
    def staging(self) -> Path:
        """Holds files in the making; whatever a load that died left here is removed by the next."""
        return self.root / "staging"

    @property
    def segments(self) -> Path:
        """Holds encoded columns of facts, a folder for each content of a table: derived, and safe to remove."""
        return self.root / "segments"

    @property
    def lock(self) -> Path:
        """The file that the one writer holds locked."""
        return self.root / "lock"

    def manifest(self, snapshot: str) -> Path:
        """Give the path of a snapshot's manifest."""
        return self.snapshots / f"{snapshot}.json"
