"""Every trial, by the writer whose recipe it carries out."""

from __future__ import annotations

from collections.abc import Mapping

from tests.writers import dlc2nwb, jabs, movement, neuroconv, sleap, sleap_io
from tests.writers.trial import Trial

TRIALS: Mapping[str, tuple[Trial, ...]] = {
    "dlc2nwb": dlc2nwb.TRIALS,
    "jabs": jabs.TRIALS,
    "movement": movement.TRIALS,
    "neuroconv": neuroconv.TRIALS,
    "sleap": sleap.TRIALS,
    "sleap-io": sleap_io.TRIALS,
}
