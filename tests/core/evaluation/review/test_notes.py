"""Votes, notes and tags are kept field by field, and are found again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import paths
from core.errors import EvaluationError
from core.evaluation.review import notes, store
from core.evaluation.review.remarks import TAGS, VOTES
from tests.core.evaluation.review.said import claim


def remark(of=None):
    of = of or claim(1)
    return notes.of([of.sha256]).get(of.key)


def test_nothing_yet__is_read_without_a_file():
    assert notes.of([claim(1).sha256]) == {}
    assert notes.everything() == ()
    assert notes.votes() == {}
    assert notes.vote_counts() == dict.fromkeys(VOTES, 0)
    assert notes.tag_counts() == {}
    assert not paths.home().exists()


def test_fields__do_not_disturb_each_other():
    one = claim(1, file="a.png", data="pets")
    notes.note(one, "a cup is there, too")
    notes.vote(one, "both")
    notes.tag(one, ["Two objects"])
    found = remark()
    assert (found.vote, found.note, found.tags) == (
        "both", "a cup is there, too", ("two objects",),
    )  # fmt: skip
    assert (found.claim, found.changed > 1.7e9) == (one, True)
    notes.vote(one, "label")
    notes.tag(one, ["dark"], remove=["two objects"])
    found = remark()
    assert (found.vote, found.note, found.tags) == ("label", "a cup is there, too", ("dark",))


def test_claim__is_found_under_every_name_and_says_where_it_was_met_last():
    notes.vote(claim(1, file="a.png", data="pets"), "model")
    notes.note(claim(1, label="tabby cat", file="b.png", data="cats"), "clear")
    (found,) = notes.everything()
    assert (found.vote, found.note) == ("model", "clear")
    assert (found.claim.file, found.claim.data, found.claim.label) == ("b.png", "cats", "tabby cat")
    notes.vote(claim(1, wnid=None, label="dog"), "label")  # the same picture, said to be a dog
    assert len(notes.of([claim(1).sha256])) == 2
    assert remark().vote == "model"


def test_taking_everything_back__leaves_nothing():
    notes.vote(claim(1), "model")
    notes.note(claim(1), "x")
    notes.tag(claim(1), ["y"])
    notes.vote(claim(1), None)
    notes.note(claim(1), "  ")
    assert remark().tags == ("y",)
    notes.tag(claim(1), remove=["y"])
    assert notes.everything() == ()
    with store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM tags").fetchone() == (0,)
    notes.vote(claim(2), None)
    assert notes.everything() == ()


def test_counts__by_hand():
    choices = ["label", "label", "both"]
    for number, choice in enumerate(choices):
        notes.vote(claim(number), choice)
        notes.tag(claim(number), ["dark", *(["cut off"] if number == 1 else [])])
    notes.note(claim(9), "no vote")
    assert notes.vote_counts() == {"label": 2, "model": 0, "both": 1, "unsure": 0}
    assert list(notes.tag_counts().items()) == [("dark", 3), ("cut off", 1)]
    assert notes.votes() == {
        claim(at).key: vote for at, vote in enumerate(["label"] * 2 + ["both"])
    }
    assert [one.claim.key for one in notes.everything()] == [
        claim(at).key for at in (9, 2, 1, 0)
    ]  # the last change first
    assert notes.everything(2) == notes.everything()[:2]


def test_of__many_at_once():
    for number in range(40):
        notes.note(claim(number), str(number))
    wanted = [claim(number) for number in range(20, 60)]
    found = notes.of(one.sha256 for one in wanted)
    assert {key: one.note for key, one in found.items()} == {
        claim(number).key: str(number) for number in range(20, 40)
    }
    assert notes.of([]) == {}
    assert notes.of(["0" * 64] * 100_000) == {}


def test_tag__a_picture_has_no_more_than_so_many():
    notes.tag(claim(1), map(str, range(TAGS)))
    with pytest.raises(EvaluationError, match="at most 20 tags"):
        notes.tag(claim(1), ["more"])
    notes.tag(claim(1), ["more"], remove=["0"])
    assert len(remark().tags) == TAGS
    with pytest.raises(EvaluationError, match="not 10,000"):
        notes.tag(claim(2), map(str, range(10_000)))
    assert remark(claim(2)) is None


def test_vote__of_another_kind_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="none of the votes"):
        notes.vote(claim(1), "perhaps")
    assert not paths.home().exists()


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE remarks; --",
        "a\0b",
        "\udcff.png",
        "=cmd|' /C calc'!A0",
        "\u202eabc",
        "x" * 100_000,
    ],
)
def test_names__of_every_kind_are_kept(text):
    of = claim(1, wnid=None, label=text, file=text, data=text)
    notes.vote(of, "unsure")
    found = remark(of)
    assert found.vote == "unsure"
    assert found.claim.key == of.key
    notes.vote(of, None)
    assert notes.everything() == ()


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.one_of(
                st.tuples(st.just("vote"), st.sampled_from([None, *VOTES])),
                st.tuples(st.just("note"), st.sampled_from(["", "one", "two"])),
                st.tuples(st.just("tag"), st.sampled_from("abc")),
                st.tuples(st.just("untag"), st.sampled_from("abc")),
            ),
        ),
        max_size=12,
    )
)
def test_changes__are_those_of_a_dictionary(changes):
    store.place().unlink(missing_ok=True)
    wanted = {number: {"vote": None, "note": "", "tags": set()} for number in range(3)}
    for number, (what, value) in changes:
        if what == "tag":
            notes.tag(claim(number), [value])
            wanted[number]["tags"].add(value)
        elif what == "untag":
            notes.tag(claim(number), remove=[value])
            wanted[number]["tags"].discard(value)
        else:
            getattr(notes, what)(claim(number), value)
            wanted[number][what] = value
    found = {one.claim.key: one for one in notes.everything()}
    for number, fields in wanted.items():
        one = found.pop(claim(number).key, None)
        if any(fields.values()):
            assert (one.vote, one.note, set(one.tags)) == tuple(fields.values())
        else:
            assert one is None
    assert not found
