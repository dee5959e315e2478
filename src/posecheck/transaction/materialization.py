"""Give the content of a source a new name: by shared blocks, by a link, or byte by byte.

The new name is a temporary one beside the target, so that all of this can be thrown away.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from posecheck.files.annex import keeps_annex, nearest_repository, repository_of
from posecheck.files.copies import OnBytes, copy, share_blocks, symlink_to_content, try_hard_link
from posecheck.transaction.steps import TransferMode


def materialize(
    source: Path, temporary: Path, mode: TransferMode, *, is_annexed: bool, on_bytes: OnBytes
) -> TransferMode:
    """Give a source's content a name that nothing has, and return how it was done.

    Times and permissions come along; where a link is made, they are the same ones.

    Parameters
    ----------
    source
        A file, or a link to one, which is followed.
    temporary
        The new name.
    mode
        The way, or one that is chosen here. ``move`` makes a hard link where it can, and the
        source's own name is removed later. A link to an object of git-annex that moves within its
        repository stays one, as ``git mv`` and ``git annex fix`` would have it.
    is_annexed
        Whether the content is an object of git-annex, which gets no second name.
    on_bytes
        Receives the number of bytes that were copied.

    Raises
    ------
    OSError
        If it cannot be done, also because the file system does not know the mode.
    """
    content = source.resolve()
    if mode is TransferMode.SYMLINK or (
        mode is TransferMode.MOVE and _stays_annexed(source, content, temporary)
    ):
        symlink_to_content(content, temporary)
        return TransferMode.SYMLINK
    if mode in {TransferMode.AUTO, TransferMode.REFLINK}:
        if share_blocks(content, temporary):
            return TransferMode.REFLINK
        if mode is TransferMode.REFLINK:
            code = errno.EOPNOTSUPP
            raise OSError(code, "the file system shares no blocks", str(source))
    if mode is TransferMode.HARDLINK:
        os.link(content, temporary)
        return mode
    # A link whose name is to move gives its content to the new name, and keeps it where it lies.
    may_link = not is_annexed and not (mode is TransferMode.MOVE and source.is_symlink())
    if mode is TransferMode.AUTO and keeps_annex(temporary.parent.resolve()):
        may_link = False  # git-annex would make an object of the source, write-protected
    if may_link and mode is not TransferMode.COPY and try_hard_link(content, temporary):
        return TransferMode.MOVE if mode is TransferMode.MOVE else TransferMode.HARDLINK
    copy(content, temporary, on_bytes)
    return TransferMode.COPY


def _stays_annexed(source: Path, content: Path, temporary: Path) -> bool:
    if not source.is_symlink():
        return False
    repository = repository_of(content)
    return repository is not None and repository == nearest_repository(temporary.parent.resolve())
