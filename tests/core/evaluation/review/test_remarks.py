"""What is taken of a text that someone typed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import EvaluationError
from core.evaluation.review.remarks import (
    NOTE_LENGTH,
    TAG_LENGTH,
    TAGS,
    Claim,
    Remark,
    clean_note,
    clean_tags,
)

ANY = st.text(st.characters(), max_size=60)  # lone surrogates and controls, too


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        (" \n\t ", ""),
        ("two objects:\r\na cat\rand a cup", "two objects:\na cat\nand a cup"),
        ("a\0b\x1b[31m\x9fc", "ab[31mc"),
        ("half \ud83d of one", "half  of one"),
        ("\u202egpj.exe\u2066", "gpj.exe"),
        ("שלום عليكم", "שלום عليكم"),
        ("👩‍🔬 é", "👩‍🔬 é"),
        ("=1+1", "=1+1"),
    ],
)
def test_clean_note__keeps_what_can_be_seen(typed, kept):
    assert clean_note(typed) == kept


def test_clean_note__is_not_cut_off():
    assert clean_note("x" * NOTE_LENGTH + "\0  ") == "x" * NOTE_LENGTH
    with pytest.raises(EvaluationError, match=r"at most 2,000 characters, and this one has 2,001"):
        clean_note("x" * (NOTE_LENGTH + 1))
    with pytest.raises(EvaluationError, match="5,000,000"):
        clean_note("x" * 5_000_000)


@given(ANY)
def test_clean_note__settles_at_once_and_can_be_written(typed):
    kept = clean_note(typed)
    assert clean_note(kept) == kept
    kept.encode()
    assert all(c in "\t\n" or unicodedata.category(c) not in ("Cc", "Cs") for c in kept)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ([], ()),
        (["", " , ;"], ()),
        (["Blurry", "blurry ", "BLURRY"], ("blurry",)),
        (["Two  objects", "dark,blurry;  Cut off"], ("blurry", "cut off", "dark", "two objects")),
        (["Straße", "STRASSE"], ("strasse",)),
        (["ｆｕｌｌ，ｗｉｄｔｈ"], ("full", "width")),
        (["a\0b\u200b\u202e\ud800"], ("ab",)),
        (["a\nb\tc"], ("a b c",)),
        (["\u200d"], ()),
    ],
)
def test_clean_tags__by_hand(typed, kept):
    assert clean_tags(typed) == kept


@given(st.lists(ANY, max_size=8))
def test_clean_tags__settle_at_once_and_can_be_written(typed):
    try:
        kept = clean_tags(typed)
    except EvaluationError:
        return
    assert clean_tags(kept) == kept
    assert clean_tags([", ".join(kept)]) == kept
    assert list(kept) == sorted(set(kept))
    assert all(tag.encode() and "\n" not in tag for tag in kept)


def test_clean_tags__are_bounded():
    most = [str(number) for number in range(TAGS)]
    assert len(clean_tags(most)) == TAGS
    with pytest.raises(EvaluationError, match="at most 20 tags, not 21"):
        clean_tags([*most, "more"])
    with pytest.raises(EvaluationError, match="not 10,000"):
        clean_tags(map(str, range(10_000)))
    assert clean_tags(["x" * TAG_LENGTH])
    with pytest.raises(EvaluationError, match="at most 40 characters, not 1,000,000"):
        clean_tags(["x" * 1_000_000])


def test_key__is_of_the_bytes_and_the_class_alone():
    one = Claim("ab" * 32, "n02123045", "tabby", "a.png", "pets")
    assert one.key == Claim("ab" * 32, "n02123045", "tabby cat", "b.png", "other").key
    assert one.key != Claim("ab" * 32, "n02123159", "tabby").key
    assert one.key != Claim("cd" * 32, "n02123045", "tabby").key
    assert Claim("ab" * 32, None, "tabby").key != Claim("ab" * 32, None, "Persian").key
    assert Claim("ab" * 32, None, "caf\udce9").key[1].encode()


def test_changed_at__is_utc():
    assert Remark(Claim("ab" * 32, None, "x"), changed=1.9).changed_at == "1970-01-01T00:00:01Z"
