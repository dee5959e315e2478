"""What is remembered of files that were checked."""

from __future__ import annotations

from posecheck.files.cache_database import CacheDatabase, CacheInfo
from posecheck.model.errors import UsageError


def cache_info() -> CacheInfo:
    """Return where verdicts and checksums of earlier runs are kept, and how many there are.

    Notes
    -----
    They lie in the user's cache folder, or in the folder that the environment variable
    ``POSECHECK_CACHE_DIR`` names.
    """
    return CacheDatabase().info()


def clear_cache() -> CacheInfo:
    """Forget all verdicts and checksums of earlier runs.

    Returns
    -------
    CacheInfo
        What was kept before.

    Raises
    ------
    UsageError
        If that fails.
    """
    database = CacheDatabase()
    before = database.info()
    try:
        database.clear()
    except OSError as error:
        raise UsageError(f"{before.path} cannot be removed: {error.strerror or error}") from error
    return before
