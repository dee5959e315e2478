"""A store in a zip file, as zarr's ``ZipStore`` writes it, or with its folder packed as a whole."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import defaultdict

from posecheck.sources.ranged_file import SourceError
from posecheck.sources.store_files import METADATA_NAMES, MemberError, MemberTrouble, StoreFiles

_BOUNDED_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Of these alone `zipfile` unpacks no more than it is asked for, whatever size is stated."""
_METHOD_NAMES = {zipfile.ZIP_BZIP2: "bzip2", zipfile.ZIP_LZMA: "lzma", 93: "zstd"}


class ZipStoreFiles(StoreFiles):
    """The members of a store in a zip file.

    Parameters
    ----------
    file
        The zip file, which is closed along with this.

    Raises
    ------
    MemberError
        If it is no zip file, or holds no store.
    SourceError
        If it lies elsewhere and cannot be had.
    """

    def __init__(self, file: io.RawIOBase) -> None:
        self._file = file
        self._reader = io.BufferedReader(file)
        try:
            self._zip = zipfile.ZipFile(self._reader)
        except SourceError:
            self._reader.detach()
            raise
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            self._reader.detach()  # it would close what whoever opened the file closes
            raise self._unreadable(error) from error
        self._members = {info.filename: info for info in self._zip.infolist() if not info.is_dir()}
        self._top = self._find_top()
        self._names: dict[str, dict[str, None]] | None = None

    def names_in(self, folder: str) -> tuple[str, ...]:
        """Return the names in a folder of the store."""
        if self._names is None:
            self._names = defaultdict(dict)
            for path in self._members:
                parts = path.removeprefix(self._top).split("/")
                for depth, name in enumerate(parts):
                    self._names["/".join(parts[:depth])][name] = None
        return tuple(sorted(self._names.get(folder, ())))

    def read(self, name: str, most: int) -> bytes | None:
        """Return the content of a member; its checksum is compared."""
        info = self._members.get(self._top + name)
        if info is None:
            return None
        if info.file_size > most:
            detail = f"it has {info.file_size:,} bytes, and no more than {most:,} are read"
            raise MemberError(MemberTrouble.TOO_LARGE, detail)
        if info.compress_type not in _BOUNDED_METHODS:
            raise MemberError(MemberTrouble.UNREADABLE, self._method_refused(info.compress_type))
        try:
            with self._zip.open(info) as member:
                # What is stated is not always true.
                content = member.read(info.file_size + 1)
        except SourceError:
            raise
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError) as error:
            self.check()
            raise self._unreadable(error) from error
        return content

    def check(self) -> None:
        """Raise if bytes of the file could not be had."""
        failure = getattr(self._file, "failure", None)
        if isinstance(failure, SourceError):
            raise failure

    def close(self) -> None:
        """Close the zip file."""
        self._zip.close()
        self._reader.close()

    def _find_top(self) -> str:
        """Return the folder of the store in the zip file, with its slash; empty for its root."""
        tops = {path.split("/")[0] for path in self._members if "/" in path}
        for top in ("", *(f"{name}/" for name in (tops if len(tops) == 1 else ()))):
            if any(top + name in self._members for name in METADATA_NAMES):
                return top
        raise MemberError(MemberTrouble.UNREADABLE, "it is a zip file, and holds no Zarr store")

    @staticmethod
    def _method_refused(method: int) -> str:
        name = _METHOD_NAMES.get(method, f"method {method}")
        return f"it is packed by {name} in the zip file, where deflate alone is unpacked"

    @staticmethod
    def _unreadable(error: Exception) -> MemberError:
        return MemberError(MemberTrouble.UNREADABLE, f"it cannot be unzipped: {error}")
