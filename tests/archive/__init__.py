"""A DANDI Archive on this machine: its wire protocol over real HTTP, a real S3 server behind it.

What the client classes of dandi, and posecheck on top of them, say to an archive can be tried only
against something that answers as the archive does: with its statuses, its error bodies, its pages,
and presigned addresses of a store that really checks signatures, lengths and digests. What it must
answer was recorded once; `tests/archive/test_contract.py` holds it against that record, and the
real ``dandi upload`` and ``dandi download`` run against it in `tests/archive/test_dandi.py`.

Start it by hand with ``python -m tests.archive``. In a test::

    with Store() as store, Archive(store) as archive:
        dandiset = archive.create_dandiset()
        archive.faults.add(Fault(method="PUT", path="/blobs/", skip=1, times=1, cut_after=1000))
        ...
        assert archive.log.sent() == []
"""

from tests.archive.faults import Fault
from tests.archive.server import Archive
from tests.archive.store import Store

__all__ = ["Archive", "Fault", "Store"]
