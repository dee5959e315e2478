"""DLC2NWB, which does not run with today's ndx-pose: files that it wrote are tried instead."""

from __future__ import annotations

import shutil

from tests.corpus.folder import find_corpus
from tests.writers.inputs import deeplabcut_csv
from tests.writers.trial import SESSION, Names, trials

_WRITTEN = "dlc2nwb-0.3/m3v1mp4DLC_resnet50_openfieldAug20shuffle1_30000_ind1.nwb"


def _copied() -> Names:
    corpus = find_corpus()
    assert corpus is not None
    shutil.copyfile(corpus / _WRITTEN, SESSION)
    deeplabcut_csv()
    return {}


TRIALS = trials(
    "TIM006",
    "PRV002",
    "PRV006",
    "PRV008",
    "REF004",
    "NOD009",
    "FIL005",
    before=_copied,
    needs_corpus=True,
)
