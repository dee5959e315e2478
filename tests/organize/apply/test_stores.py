"""A Zarr store that changes at the last moment is not removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.organize.apply.planned import Planner, tree, write_store_session

from posecheck.model.errors import ApplyError, UsageError
from posecheck.organize.apply import apply_plan
from posecheck.organize.apply.change_set import change_set_of
from posecheck.organize.plan.values import FileMode, OrganizePlan
from posecheck.transaction.items import Item, list_items
from posecheck.transaction.steps import TransferMode
from posecheck.transaction.store_removal import put_back, remove_source


def plan_of(folder: Path) -> OrganizePlan:
    (folder / "dandiset").mkdir()
    (folder / "dandiset/dandiset.yaml").write_text("identifier: DANDI:000123\n")
    planner = Planner(folder / "dandiset", files=FileMode.MOVE, videos=TransferMode.COPY)
    planner.add_both(*write_store_session(folder / "lab", "a"), "a")
    return planner.plan()


def store_of(plan: OrganizePlan) -> Item:
    (item,) = (one for one in list_items(change_set_of(plan), "run") if one.step.is_zarr)
    return item


def test_a_store_that_changed_is_where_it_was(tmp_path: Path) -> None:
    item = store_of(plan_of(tmp_path))
    (item.source / "acquisition/late").write_text("mine")
    before = tree(tmp_path, ignoring="")
    with pytest.raises(ApplyError, match="changed meanwhile, so it is not removed"):
        remove_source(item, "run")
    assert tree(tmp_path, ignoring="") == before


def test_a_store_that_had_lost_its_name_gets_it_back(tmp_path: Path) -> None:
    item = store_of(plan_of(tmp_path))
    before = tree(tmp_path, ignoring="")
    item.source.rename(item.source.with_name(f".posecheck-run-aside-{item.number}.tmp"))
    put_back(item, "run")
    assert tree(tmp_path, ignoring="") == before
    remove_source(item, "run")
    remove_source(item, "run")
    assert [path.name for path in item.source.parent.iterdir()] == ["a film.mp4"]


def test_a_folder_that_is_no_store_is_not_placed(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    source = Path(plan.recordings[0].source)
    for name in (".zgroup", ".zmetadata"):
        (source / name).unlink()
    before = tree(tmp_path)
    with pytest.raises(UsageError, match="is no Zarr store"):
        apply_plan(plan)
    assert tree(tmp_path) == before


def test_what_lies_in_a_store_is_not_placed_beside_it(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    film = Path(plan.media[0].source)
    inner = film.rename(Path(plan.recordings[0].source) / film.name)
    planner = Planner(tmp_path / "dandiset", videos=TransferMode.MOVE)
    planner.add_film(inner, *plan.media[0].target)
    planner.recordings.extend(plan.recordings)
    with pytest.raises(UsageError, match=r"in which .* lies"):
        apply_plan(planner.plan())
