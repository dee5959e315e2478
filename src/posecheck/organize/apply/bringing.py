"""Bring the content of a source to a new name: by shared blocks, by a link, or byte by byte.

The new name is a temporary one beside the target, so that all of this can be thrown away.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from posecheck.files.annex import keeps_annex, nearest_repository, repository_of
from posecheck.files.copies import OnBytes, copy, share_blocks, symlink_to_content, try_hard_link
from posecheck.organize.plan.values import VideoMode


def bring(
    source: Path, temporary: Path, mode: VideoMode, *, is_annexed: bool, on_bytes: OnBytes
) -> VideoMode:
    """Bring a source's content to a name that nothing has, and say how.

    Times and permissions come along; where a link is made, they are the same ones.

    Parameters
    ----------
    source
        A file, or a link to one, which is followed.
    temporary
        The new name.
    mode
        The way, or one that is chosen here. ``move`` brings by a hard link where it can, and the
        source's own name is removed later. A link to an object of git-annex that moves within its
        repository stays one, as ``git mv`` and ``git annex fix`` would have it.
    is_annexed
        Whether the content is an object of git-annex, which gets no second name.
    on_bytes
        Is told of progress.

    Raises
    ------
    OSError
        If it cannot be done: also if the mode was told and the file system does not know it.
    """
    content = source.resolve()
    if mode is VideoMode.SYMLINK or (
        mode is VideoMode.MOVE and _stays_annexed(source, content, temporary)
    ):
        symlink_to_content(content, temporary)
        return VideoMode.SYMLINK
    if mode in {VideoMode.AUTO, VideoMode.REFLINK}:
        if share_blocks(content, temporary):
            return VideoMode.REFLINK
        if mode is VideoMode.REFLINK:
            code = errno.EOPNOTSUPP
            raise OSError(code, "the file system shares no blocks", str(source))
    if mode is VideoMode.HARDLINK:
        os.link(content, temporary)
        return mode
    # A link whose name is to move gives its content to the new name, and keeps it where it lies.
    may_link = not is_annexed and not (mode is VideoMode.MOVE and source.is_symlink())
    if mode is VideoMode.AUTO and keeps_annex(temporary.parent.resolve()):
        may_link = False  # git-annex would make an object of the source, write-protected
    if may_link and mode is not VideoMode.COPY and try_hard_link(content, temporary):
        return VideoMode.MOVE if mode is VideoMode.MOVE else VideoMode.HARDLINK
    copy(content, temporary, on_bytes)
    return VideoMode.COPY


def _stays_annexed(source: Path, content: Path, temporary: Path) -> bool:
    if not source.is_symlink():
        return False
    repository = repository_of(content)
    return repository is not None and repository == nearest_repository(temporary.parent.resolve())
