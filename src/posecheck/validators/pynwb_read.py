"""Reading a file with pynwb and whatever extensions are imported; `readability` calls it."""

from __future__ import annotations

from pathlib import Path

import h5py
from hdmf.build import TypeMap

from posecheck.validators.builders import BuilderReader
from posecheck.validators.containers import load_type_map, read_container
from posecheck.validators.messages import place_of, quiet_without_gc, reason_of
from posecheck.validators.specification import KeptBySpecification


class ReadingAttempt:
    """Reads files one after the other, keeping what it loaded for their specifications."""

    def __init__(self) -> None:
        self._type_maps: KeptBySpecification[TypeMap] = KeptBySpecification()

    def reason(self, path: Path) -> str | None:
        """Return why pynwb cannot read a file, ``None`` if it can.

        Where it is known which object it could not make, a second line gives that object's path.
        """
        try:
            with quiet_without_gc(), path.open("rb") as stream, h5py.File(stream, "r") as handle:
                reader = BuilderReader(handle, path)
                read_container(reader, self._type_maps.get(handle, lambda: load_type_map(reader)))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - what pynwb raises is its result
            place = place_of(error)
            return reason_of(error) + (f"\n{place}" if place else "")
        return None
