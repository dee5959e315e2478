"""FIL and LAY: what is done to the file as a whole, its links, and where it lies."""

from __future__ import annotations

import shutil

import h5py
import numpy as np
from tests.mutations.editing import stamp_all
from tests.mutations.kinds import Kind
from tests.recordings.edits import Edit, remove, replace
from tests.recordings.written import BEHAVIOR, CAMERA_VIDEO, FRAMES, POSE, RATE, SKELETON
from tests.remedies.treatment import Situation, again, around, inside, organize, run_again, treat

NOSE = f"{POSE}/nose"
_ANIMAL = "/general/subject"
_EDGES = f"{SKELETON}/edges"
_FILM = "/stimulus/presentation/film/data"


def _fetch(situation: Situation) -> None:
    """Fetch the content: it is put where the link leads, or in the pointer's place."""
    path = situation.path
    if path.is_symlink():
        content = path.parent / path.readlink()
        content.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(situation.source, content)
    else:
        shutil.copyfile(situation.source, path)


def _point_to_the_video(file: h5py.File) -> None:
    del file[f"{POSE}/source_video"]
    file[f"{POSE}/source_video"] = h5py.SoftLink(CAMERA_VIDEO)


def _copy_what_is_linked(file: h5py.File) -> None:
    name = f"{BEHAVIOR}/Skeletons"
    part = file[name]
    del file[name]
    part.file.copy(part, file, name)


def _pack(file: h5py.File) -> None:
    kept, values = dict(file[_FILM].attrs), file[_FILM][...]
    del file[_FILM]
    file.create_dataset(_FILM, data=values, chunks=(10, 100, 100), compression="gzip")
    file[_FILM].attrs.update(kept)


def _remove_the_copy(situation: Situation) -> None:
    for path in situation.path.parent.glob("*desc-filtered*.nwb"):
        path.unlink()


def _reshape(*shape: int) -> Edit:
    return lambda file: replace(_EDGES, file[_EDGES][...].reshape(shape))(file)


def _transpose(file: h5py.File) -> None:
    replace(_EDGES, file[_EDGES][...].T)(file)


_LAB_NAMES = ("a name of the lab's", "a part too many")

TREATMENTS = (
    treat("FIL001", "copy or write the file again", run_again(), on=("half of it", "zero bytes")),
    treat("FIL001", "Write it again", again(NOSE), on="a type that is a number"),
    treat(
        "FIL001",
        "Write it again",
        inside(stamp_all(np.arange(FRAMES) / RATE)),
        on=("timestamps as text in every series", "timestamps as text, linked by every series"),
    ),
    treat("FIL002", "Write the file with pynwb", run_again()),
    treat(
        "FIL003",
        "run it again",
        again("/processing/behavior/Skeletons", POSE),
    ),
    treat("FIL004", "cache_spec=True", again("/specifications/ndx-pose")),
    treat("FIL005", "update ndx-pose and run it", run_again(Kind.VIDEO)),
    treat("FIL006", "Write the file again", again(f"{NOSE}/reference_frame")),
    treat("FIL007", "point the link to where the object lies", inside(_point_to_the_video)),
    treat(
        "FIL008",
        "one that stands alone",
        again(f"{NOSE}/data"),
        on="external storage",
    ),
    treat(
        "FIL008",
        "Put a copy in the place of the link",
        inside(_copy_what_is_linked),
        on="an external link to a container",
    ),
    treat(
        "FIL008",
        "Put a copy in the place of the link",
        again(f"{NOSE}/data"),
        on="an external link",
    ),
    treat("FIL009", "git annex get", _fetch),
    treat("FIL010", "chunks", inside(_pack)),
    treat("FIL011", "Write the file again", again(POSE)),
    treat("FIL012", "leave them out", inside(remove(_EDGES)), on="an empty list of edges"),
    treat("FIL012", "np.empty((0, 2)", inside(_reshape(0, 2)), on="an empty list of edges"),
    treat("FIL012", "store edges.reshape(-1, 2)", inside(_reshape(-1, 2)), on="flat edges"),
    treat("FIL012", "Store edges.T", inside(_transpose), on="transposed edges"),
    treat(
        "FIL012",
        "each pair of neighbors",
        inside(replace(_EDGES, np.array([(0, 1), (1, 2), (0, 3)], np.uint8))),
        on="triples for edges",
    ),
    treat("FIL016", "Close the ", run_again()),
    treat("LAY001", "posecheck organize", organize(), on=_LAB_NAMES),
    treat(
        "LAY001",
        "Rename the file so that it ends in .nwb",
        around(lambda path: path.rename(path.with_suffix(".nwb"))),
        on="upper-case suffix",
    ),
    treat("LAY002", "posecheck organize", organize()),
    treat("LAY003", "posecheck organize --rename", organize("--rename")),
    treat("LAY004", "posecheck organize --rename", organize("--rename")),
    treat("LAY005", "posecheck organize --rename", organize("--rename")),
    treat("LAY006", "Remove the copy", _remove_the_copy),
    treat(
        "LAY009",
        "Write the address of the species",
        inside(replace(f"{_ANIMAL}/species", "http://purl.obolibrary.org/obo/NCBITaxon_9407")),
        on="a species that dandi does not know",
    ),
    treat(
        "LAY009",
        "Write the age as an ISO 8601 duration",
        inside(replace(f"{_ANIMAL}/age", "P60D/P90D")),
        on=("an age in words", "a range turned round"),
    ),
    treat(
        "LAY009",
        "leave date_of_birth out",
        inside(remove(f"{_ANIMAL}/date_of_birth")),
        on="born after the session",
    ),
    treat(
        "LAY009",
        "Of C. elegans, write O",
        inside(
            replace(f"{_ANIMAL}/sex", "O"),
            replace(f"{_ANIMAL}/species", "http://purl.obolibrary.org/obo/NCBITaxon_6239"),
        ),
        on="the sex of a worm",
    ),
    treat(
        "LAY009",
        "the name of the strain alone",
        inside(replace(f"{_ANIMAL}/strain", "C57BL/6J")),
        on="a strain with its history",
    ),
    treat(
        "LAY009",
        "Write what the animal is called",
        again(f"{_ANIMAL}/subject_id"),
        on="no subject_id",
    ),
    treat(
        "LAY009",
        "Write a short session_id",
        again("/general/session_id"),
        on="a session_id of 160 letters",
    ),
)
