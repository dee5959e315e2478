"""Recordings that one name would fit are reported with their files and identifiers."""

from __future__ import annotations

from dataclasses import replace

from tests.organize.plan.memory import existing, plan, recording

from posecheck.organize.plan.facts import RecordingFacts

PLAIN = ("sub-1", "sub-1_ses-2_behavior+image.nwb")


def one(name: str, session: str = "2", label: str = "", **changes: object) -> RecordingFacts:
    made = recording(name, session=label or session)
    return replace(made, **{"session": session, **changes})  # type: ignore[arg-type]


def notes(*recordings: RecordingFacts, **facts: object) -> list[str]:
    made = plan(*recordings, **facts)  # type: ignore[arg-type]
    return [note for note in made.notes if "recordings" in note]


def test_two_of_one_subject_and_session_far_apart() -> None:
    others = [one(f"r{number}", f"d{number}") for number in range(58)]
    (note,) = notes(one("a"), *others, one("b"))
    assert note.startswith("2 recordings of one subject and session would have one name, sub-1/")
    for name in ("a", "b"):
        assert f"raw/{name}.nwb (subject_id '1', session_id '2', object_id object-{name})" in note
    assert "raw/r" not in note
    assert "one identifier" not in note


def test_one_that_was_written_twice() -> None:
    (note,) = notes(one("a", identifier="X 7"), one("b", identifier="X 7"))
    assert "They also have one identifier, 'X 7'" in note


def test_one_of_the_dandiset_is_reported_too() -> None:
    there = existing(PLAIN, "object-x", subject="1", session="2")
    (note,) = notes(one("b"), existing=(there,))
    assert f"{'/'.join(PLAIN)} (subject_id '1', session_id '2', object_id object-x)" in note


def test_sessions_that_differ_in_what_a_name_leaves_out() -> None:
    spelled = [one(name, text, "a-1") for name, text in (("a", "a 1"), ("b", "a_1"), ("c", "a-1"))]
    (note,) = notes(*spelled, one("d"))
    assert note.startswith("3 recordings have session_ids that differ only in what a name leaves")
    assert "session_id 'a 1'" in note
    assert "session_id 'a_1'" in note


def test_such_sessions_of_other_content_are_reported_too() -> None:
    """Their names differ by modality, and are of one session all the same."""
    raw = ("sub-1", "sub-1_ses-a-1_ecephys.nwb")
    (note,) = notes(one("a", "a 1", "a-1"), one("b", "a-1\n", "a-1", plain=raw))
    assert "session_id 'a-1\\n'" in note


def test_what_lies_in_its_place_is_not_reported_again() -> None:
    names = [(PLAIN[0], f"sub-1_ses-2_obj-{name}_behavior+image.nwb") for name in ("a", "b")]
    settled = [
        one(name, inside=path, kept=path) for name, path in zip(("a", "b"), names, strict=True)
    ]
    assert not notes(*settled)
    assert notes(*settled, one("c"))


def test_one_session_of_two_contents_is_no_clash() -> None:
    assert not notes(one("a"), one("b", plain=("sub-1", "sub-1_ses-2_ecephys.nwb")))
