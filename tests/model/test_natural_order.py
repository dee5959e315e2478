from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from posecheck.model.natural_order import natural_key


def test_numbers_count_as_numbers() -> None:
    names = ["sub-10", "sub-2", "Sub-1", "sub-02b", "sub-", "9"]
    assert sorted(names, key=natural_key) == ["9", "sub-", "Sub-1", "sub-2", "sub-02b", "sub-10"]


def test_digits_beyond_what_python_reads_are_compared() -> None:
    assert natural_key("9" * 10_000) < natural_key("1" + "0" * 10_000)


@given(st.lists(st.text()).flatmap(lambda names: st.tuples(st.just(names), st.permutations(names))))
def test_the_order_does_not_depend_on_how_names_come(both: tuple[list[str], list[str]]) -> None:
    names, shuffled = both
    assert sorted(names, key=natural_key) == sorted(shuffled, key=natural_key)


@given(st.integers(0, 10**30), st.integers(0, 10**30), st.text(alphabet="ab-_/"))
def test_numbers_after_one_prefix_keep_their_order(one: int, other: int, prefix: str) -> None:
    assert (natural_key(f"{prefix}{one}") < natural_key(f"{prefix}{other}")) == (one < other)
