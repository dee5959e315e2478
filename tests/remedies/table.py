"""Every treatment, and the rules that cannot be treated, with the reason."""

from __future__ import annotations

from collections.abc import Mapping

from tests.remedies import clocks, files, images, pose, provenance, videos

TREATMENTS = tuple(
    treatment
    for module in (pose, clocks, provenance, videos, images, files)
    for treatment in module.TREATMENTS
)

UNTREATABLE: Mapping[str, str] = {
    "FIL013": "the file of the mutation never ends; a higher limit helps a large file alone",
    "FIL014": "the file of the mutation kills HDF5; only a copy of the original helps (FIL001)",
    "FIL015": "the file is sound as soon as nobody writes: the mutation suite checks it so",
    "LAY007": "it checks what an archive holds: tests/upload send again and verify",
    "LAY008": "it checks what an archive holds: tests/upload send again and verify",
}
"""Why nothing is done to the mutations of these rules."""
