"""A file as it would be after edits: read from a view, with everything around it as it is."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any, cast

from posecheck.hdf5_editing.copy_on_write import CopyOnWrite
from posecheck.sources.local_source import LocalSource


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedSource(LocalSource):
    """A path, of which the content is a view.

    Attributes
    ----------
    content
        The file with what was written over it.
    """

    content: Any = field(repr=False)

    @classmethod
    def of(cls, source: LocalSource, content: CopyOnWrite) -> EditedSource:
        """Return a file with other content."""
        return cls(source.address, source.display_path, content=content)

    def open(self) -> io.FileIO:
        """Open the view for reading."""
        # What reads a local file asks for no more than a raw file object.
        return cast("io.FileIO", self.content.open())
