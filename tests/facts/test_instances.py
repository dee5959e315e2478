from __future__ import annotations

import numpy as np
import pytest
from tests.facts.cuts import Array

from posecheck.facts import instance_facts
from posecheck.model.facts import InstanceFacts

NAN = np.nan


def test_visible_nodes_without_a_location_are_counted() -> None:
    locations = np.array([[1, 2], [NAN, 3], [NAN, NAN], [4, -5], [np.inf, 9]])
    visible = np.array([True, True, False, True, True])
    expected = InstanceFacts(visible_missing=2, low=(1.0, -5.0), high=(4.0, 2.0))
    assert instance_facts(locations, visible) == expected
    assert instance_facts(locations, visible.astype(np.uint8)) == expected
    assert instance_facts(locations) == InstanceFacts(low=(1.0, -5.0), high=(4.0, 2.0))


@pytest.mark.parametrize("visible", [np.ones(1, bool), np.array([1, NAN]), np.ones(9)[:1]])
def test_nodes_without_a_mark_count_as_not_marked(visible: Array) -> None:
    locations = np.array([[NAN, 1], [NAN, NAN]], np.float32)
    assert instance_facts(locations, visible) == InstanceFacts(visible_missing=1)


@pytest.mark.parametrize("shape", [(0, 2), (0, 3), (3, 0)])
def test_an_empty_instance_has_no_extremes(shape: tuple[int, int]) -> None:
    assert instance_facts(np.zeros(shape), np.ones(shape[0], bool)) == InstanceFacts()


def test_three_columns_of_integers() -> None:
    facts = instance_facts(np.array([[3, 1, 2], [1, 5, 2]], np.uint8))
    assert facts == InstanceFacts(low=(1.0, 1.0, 2.0), high=(3.0, 5.0, 2.0))


def test_what_is_no_table_of_locations_is_refused() -> None:
    with pytest.raises(ValueError, match="1 dimensions, wanted 2"):
        instance_facts(np.zeros(3))
