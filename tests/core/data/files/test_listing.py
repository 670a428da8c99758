"""Names and listings in arrays, against plain lists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.files.listing import Head, Listing, Names, joined, single

# what os.fsdecode gives for bytes of any kind
names = st.binary(min_size=1, max_size=12).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
folders = st.lists(
    st.lists(st.tuples(names, st.integers(0, 2**62), st.integers(-1, 2**62)), max_size=5),
    max_size=5,
)


def listing_of(folder: str, files: list[tuple[str, int, int]]) -> Listing:
    return single(Head(folder, {folder: 1}, len(files)), files)


@given(st.lists(names))
def test_names__are_a_list(texts: list[str]) -> None:
    packed = Names.of(texts)
    assert len(packed) == len(texts)
    assert [packed[i] for i in range(len(texts))] == texts
    assert packed.slice(1, len(texts)) == texts[1:]
    assert packed.text.nbytes == sum(len(t.encode("utf-8", "surrogateescape")) for t in texts)


@given(folders)
def test_joined__and_taken_apart_again(wanted: list[list[tuple[str, int, int]]]) -> None:
    whole = joined([listing_of(str(at), files) for at, files in enumerate(wanted)])
    assert len(whole) == sum(map(len, wanted))
    for at, files in enumerate(wanted):
        part = whole.only(at)
        assert whole.names_in(at) == part.names_in(0) == [name for name, _, _ in files]
        assert part.sizes.tolist() == [size for _, size, _ in files]
        assert part.marks.tolist() == [mark for _, _, mark in files]
        assert part.heads[0].folder == str(at)
    again = joined([whole.only(at) for at in reversed(range(len(wanted)))])
    assert [again.names_in(at) for at in range(len(wanted))] == [
        [name for name, _, _ in files] for files in reversed(wanted)
    ]


@given(folders)
def test_folder_of__each_file(wanted: list[list[tuple[str, int, int]]]) -> None:
    whole = joined([listing_of(str(at), files) for at, files in enumerate(wanted)])
    expected = [at for at, files in enumerate(wanted) for _ in files]
    assert [whole.folder_of(i) for i in range(len(whole))] == expected


def test_single__no_files() -> None:
    empty = listing_of("x", [])
    assert len(empty) == 0
    assert empty.names_in(0) == []
    assert empty.sizes.dtype == np.int64
    with pytest.raises(IndexError):
        _ = empty.names[0]
