"""The fields of an NWB file that name files outside it: all of them are listed here, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from posecheck.model.external_file import ExternalFile
from posecheck.model.image_series import ExternalImage, Video
from posecheck.model.pose import PoseContainer

Owner = Video | ExternalImage | PoseContainer
"""An object that has such a field."""


class ReferenceField(StrEnum):
    """A field that names files; the values are those of messages."""

    EXTERNAL_FILE = "external_file"
    """Of an ImageSeries: its videos, or its images one by one."""
    EXTERNAL_IMAGE = "the ExternalImage"
    """An ExternalImage, which is itself the name of one file."""
    ORIGINAL_VIDEOS = "original_videos"
    LABELED_VIDEOS = "labeled_videos"

    @property
    def is_deprecated(self) -> bool:
        """Whether ndx-pose keeps it for old files alone: a file that is not there is no defect."""
        return self in {ReferenceField.ORIGINAL_VIDEOS, ReferenceField.LABELED_VIDEOS}


@dataclass(frozen=True, slots=True)
class FileReferences:
    """One field of one object, and the files that it names.

    Attributes
    ----------
    field
        Which field.
    owner
        The object that has it.
    files
        Its entries; empty where it is stored and names none.
    """

    field: ReferenceField
    owner: Owner
    files: tuple[ExternalFile, ...]

    @property
    def dataset(self) -> str:
        """The path of the dataset that holds the entries."""
        if self.field is ReferenceField.EXTERNAL_IMAGE:
            return self.owner.path
        return f"{self.owner.path.rstrip('/')}/{self.field.value}"

    def entry(self, file: ExternalFile) -> str:
        """Return what a message calls an entry: ``external_file[0]``."""
        if self.field is ReferenceField.EXTERNAL_IMAGE:
            return self.field.value
        return f"{self.field.value}[{file.index}]"


def references_of(owner: Owner) -> Iterator[FileReferences]:
    """Yield the fields of an object that name files, as far as they are stored."""
    match owner:
        case Video():
            stored = {ReferenceField.EXTERNAL_FILE: owner.external_files}
        case ExternalImage():
            stored = {ReferenceField.EXTERNAL_IMAGE: owner.files}
        case PoseContainer():
            stored = {
                ReferenceField.ORIGINAL_VIDEOS: owner.original_videos,
                ReferenceField.LABELED_VIDEOS: owner.labeled_videos,
            }
    for field, files in stored.items():
        if files is not None:
            yield FileReferences(field, owner, files)
