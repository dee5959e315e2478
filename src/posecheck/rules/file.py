"""FIL: whether this is a whole NWB file that holds pose, itself and in types that readers know."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

from posecheck.model.edit import Edit, Reshape, SetDataset, Transpose
from posecheck.model.pose import Skeleton
from posecheck.model.problem import Problem, ProblemKind
from posecheck.model.recording import Recording
from posecheck.model.rule import Hit, Params, Skip
from posecheck.rules.body_part_names import listed
from posecheck.rules.ndx_pose_version import release
from posecheck.rules.shared_edits import path_of

_LINKED_OUT = "it is a link out of the git repository"
_LINKED_OUT_OF_STORE = "is a link out of the store"
_NO_FILE = ("it is a folder", "it is not a regular file")
_ROOT = "/"
_WHOLE_FILE = (
    ProblemKind.UNREADABLE,
    ProblemKind.NOT_NWB,
    ProblemKind.NOT_FETCHED,
    ProblemKind.TIMED_OUT,
    ProblemKind.CRASHED,
)


def fil001(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report a file, or an object in it, that cannot be read."""
    for problem in recording.problems_of(ProblemKind.UNREADABLE):
        if _format(problem) == ProblemKind.CHANGED:
            continue  # FIL015 reports it
        variant = _format(problem) if problem.location == _ROOT else "part"
        if problem.detail.startswith(_NO_FILE):
            variant = "not-a-file"
        if problem.detail.startswith(_LINKED_OUT):
            variant = "linked-out"
        yield _hit(problem, "the reason is not known", variant)
    for problem in _inside(recording, ProblemKind.UNREADABLE_PART):
        variant = "linked-out-part" if _LINKED_OUT_OF_STORE in problem.detail else "part"
        yield _hit(problem, "the reason is not known", variant)
    yield from _malformed(recording)
    left_out = {
        array.identity or array.path for array in recording.every_array() if array.is_left_out
    }
    if left_out:
        arrays = "array" if len(left_out) == 1 else "arrays"
        yield Skip(_ROOT, f"not all values of {len(left_out):,} {arrays} of pose or time were read")


def fil002(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report a file that opens and is not NWB."""
    for problem in recording.problems_of(ProblemKind.NOT_NWB):
        yield _hit(problem, "it has no nwb_version", _format(problem))


def fil003(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report an NWB file without pose."""
    if _is_explained(recording) or recording.containers or recording.trainings:
        return
    if any(recording.problems_of(ProblemKind.POSE_TYPE_LOST)):
        return
    if any(recording.problems_of(ProblemKind.UNREADABLE_PART)):
        yield Skip(_ROOT, "a part of the file could not be read, and pose may lie in it")
        return
    yield Hit(_ROOT)


def fil004(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report ndx-pose types without the specification that defines them."""
    if _is_explained(recording) or not recording.pose_types:
        return
    if "ndx-pose" not in recording.specifications:
        yield Hit(_ROOT, types=recording.pose_types)


def fil005(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report a file of ndx-pose 0.1."""
    if _is_explained(recording) or "ndx-pose" not in recording.specifications:
        return
    stored, oldest = recording.specifications["ndx-pose"], str(params["oldest"])
    version, wanted = release(stored), release(oldest)
    if not version or not wanted:
        yield Skip(_ROOT, f"{stored!r} cannot be compared with version {oldest!r}")
    elif version < wanted:
        yield Hit(_ROOT, version=stored, oldest=oldest)


def fil006(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report a file that pynwb does not read."""
    for problem in recording.problems_of(ProblemKind.NOT_READ_BY_PYNWB):
        # A second line says which object it could not make.
        detail, _, place = problem.detail.partition("\n")
        location = place or problem.location
        yield Hit(location, detail=detail or "it gives no reason", object=place)


def fil007(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report links and references without a target."""
    for problem in _inside(recording, ProblemKind.DANGLING_LINK):
        target = problem.values.get("target") or problem.detail or "its name is not known"
        yield Hit(problem.location, target=target, detail=problem.detail)


def fil008(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report data that is stored in other files."""
    for problem in _inside(recording, ProblemKind.EXTERNAL_DATA):
        if problem.values.get("through"):
            continue  # a soft link to a place of this file, where the external link lies
        what = problem.values.get("what") or "external data"
        yield Hit(
            problem.location,
            variant="link" if what == "external link" else "",
            what=what,
            target=problem.values.get("target") or "another place",
            detail=problem.detail,
        )


def fil009(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report content that is named here and lies elsewhere."""
    for problem in recording.problems_of(ProblemKind.NOT_FETCHED):
        yield _hit(problem, "its key is not known")


def fil010(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report large arrays that nothing packs."""
    if _is_explained(recording):
        return
    for array in recording.large_arrays:
        if array.bytes > params.number("largest"):
            yield Hit(array.path, bytes=array.bytes, megabytes=array.bytes / 1e6)


def fil011(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report pose that was written as a plain core type."""
    for problem in _inside(recording, ProblemKind.POSE_TYPE_LOST):
        yield _hit(problem, "it is stored as a plain core type")


def fil012(skeleton: Skeleton, params: Params) -> Iterator[Hit]:
    """Report edges that are not stored as pairs."""
    shape = skeleton.edges_shape
    if shape is None or (len(shape) == 2 and shape[1] == 2):
        return
    numbers = math.prod(shape)
    yield Hit(
        skeleton.path,
        _misshapen(shape),
        stored=str(shape),
        shape=shape,
        numbers=numbers,
        wanted=str((numbers // 2, 2)),
    ).with_edits(*_paired(skeleton, shape))


def _paired(skeleton: Skeleton, shape: tuple[int, ...]) -> Iterator[Edit]:
    """Store edges as pairs: transposed ones would be scrambled by a new shape."""
    path = path_of(skeleton, "edges")
    mistake = _misshapen(shape)
    if mistake == "empty":
        yield SetDataset(path, (), "uint8")
        yield Reshape(path, (0, 2))
    elif mistake == "transposed" and len(shape) == 2:
        yield Transpose(path)
    elif mistake in {"nested", "flat"}:
        yield Reshape(path, (-1, 2))


def _misshapen(shape: tuple[int, ...]) -> str:
    """Return which mistake made a shape of edges; empty if it could be any."""
    if 0 in shape:
        return "empty"
    extents = tuple(extent for extent in shape if extent != 1)
    if len(extents) == 2 and extents[1] == 2:
        return "nested"
    if len(extents) == 2 and extents[0] == 2:
        return "transposed"
    return "flat" if len(extents) == 1 and extents[0] % 2 == 0 else ""


def fil013(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report a check, or another validator, that took too long."""
    for problem in recording.problems_of(ProblemKind.TIMED_OUT):
        seconds = problem.values.get("seconds")
        limit = f"{seconds:g} seconds" if isinstance(seconds, int | float) else "its time limit"
        variant = "reading" if problem.values.get("stage") == "reading" else ""
        yield Hit(problem.location, variant, limit=limit, seconds=seconds)
    for problem in recording.problems_of(ProblemKind.VALIDATOR_TIMED_OUT):
        yield _hit_of_validator(problem, params)


def fil014(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report a check, or another validator, whose process died."""
    for problem in recording.problems_of(ProblemKind.CRASHED):
        is_memory = problem.values.get("cause") == "memory"
        yield _hit(problem, "the reason is not known", "memory" if is_memory else "")
    for problem in recording.problems_of(ProblemKind.VALIDATOR_CRASHED):
        yield _hit_of_validator(problem, params)


def fil015(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report a file that was written to while it was read."""
    for problem in recording.problems_of(ProblemKind.CHANGED):
        yield _hit(problem, "its size or its time is not what it was")


def fil016(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report a file that another program has open for writing."""
    for problem in recording.problems_of(ProblemKind.IN_USE):
        use = problem.values.get("use")
        yield _hit(problem, "it is in use", "marked" if use in {"swmr", "marked"} else "")
    for problem in recording.problems_of(ProblemKind.USE_UNKNOWN):
        yield Skip(_ROOT, problem.detail)


def _malformed(recording: Recording) -> Iterator[Hit]:
    """Report malformed fields, those of one kind in the objects of one container together."""
    holders = {container.path for container in recording.every_container()}
    holders |= {training.path for training in recording.trainings}
    alike: dict[tuple[str, str, str, str], dict[str, str]] = defaultdict(dict)
    for problem in _inside(recording, ProblemKind.MALFORMED):
        detail = problem.detail or "its type or shape is not NWB's"
        owner = problem.owner or _parent(problem.location)
        member = problem.member if problem.owner else problem.location.rpartition("/")[2]
        holder = next((each for each in _above(owner) if each in holders), _parent(owner))
        key = (holder, member, problem.attribute, detail)
        alike[key].setdefault(problem.location, owner)
    for (holder, member, attribute, detail), owners in alike.items():
        places = tuple(owners)
        if len(places) == 1:
            yield Hit(places[0], "malformed", detail=detail)
            continue
        start = len(holder.rstrip("/")) + 1
        yield Hit(
            holder,
            "malformed-alike",
            detail=detail,
            field=attribute or member,
            count=len(places),
            names=listed(owner[start:] for owner in owners.values()),
            places=places,
        )


def _above(path: str) -> Iterator[str]:
    """Yield what holds an object, nearest first."""
    while path.count("/") > 1:
        path = _parent(path)
        yield path


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or _ROOT


def _hit(problem: Problem, otherwise: str, variant: str = "") -> Hit:
    return Hit(problem.location, variant, detail=problem.detail or otherwise)


def _format(problem: Problem) -> str:
    """Return the variant for the format that a file has in place of NWB; empty if nobody knows."""
    return str(problem.values.get("format", ""))


def _hit_of_validator(problem: Problem, params: Params) -> Hit:
    """Report a validator that was stopped; what then nobody checks must not pass."""
    matters = problem.values.get("alone") or params["as_errors"]
    return Hit(
        problem.location,
        "validator-as-error" if matters else "validator",
        validator=problem.values.get("validator") or "another validator",
        limit=problem.values.get("limit") or "its time limit",
        detail=problem.detail or "the reason is not known",
        seconds=problem.values.get("seconds"),
        cause=problem.values.get("cause"),
    )


def _is_explained(recording: Recording) -> bool:
    """Whether one defect of the whole file says everything: nothing else was really looked at."""
    return any(problem.location == _ROOT for problem in recording.problems_of(*_WHOLE_FILE))


def _inside(recording: Recording, kind: ProblemKind) -> Iterator[Problem]:
    """Yield problems of objects in the file, where the file itself could be evaluated."""
    return iter(()) if _is_explained(recording) else recording.problems_of(kind)
