"""The parser of events, against a simple model of what a log means."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.runs import START, Cursor
from core.runs.events import NAME, EventLog, parse, read

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
EVENTS = st.dictionaries(st.text(max_size=5).filter(lambda name: name != "rewind"), VALUES)
ENTRIES = st.lists(EVENTS | st.integers(0, 12).map(lambda count: {"rewind": count}), max_size=20)


def meaning(entries):
    events = []
    for entry in entries:
        if "rewind" not in entry:
            events.append(entry)
        elif entry["rewind"] <= len(events):
            del events[entry["rewind"] :]
    return events


def lines(entries):
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)


@settings(deadline=None)
@given(ENTRIES, st.lists(st.integers(0, 3000), max_size=6))
def test_parse__in_any_pieces(entries, cuts):
    content = lines(entries)
    seen, cursor = [], START
    for end in [*sorted(min(cut, len(content)) for cut in cuts), len(content)]:
        news = parse(content[cursor.offset : end], cursor)
        seen[news.start :] = news.events
        cursor = news.cursor
    assert seen == meaning(entries)
    assert cursor == Cursor(len(content), len(seen))


@settings(deadline=None)
@given(ENTRIES, st.binary(max_size=40))
def test_parse__passes_over_what_is_no_line_of_ours(entries, noise):
    content = lines(entries)
    noise = noise.replace(b"{", b"(")
    assert list(parse(content + noise).events) == meaning(entries)
    assert list(parse(noise + b"\n" + content).events) == meaning(entries)


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b"9" * 10_000, b'{"rewind": -1}', b'{"rewind": true}', b"\xff\x00"]
)
def test_parse__hostile_lines(line):
    assert parse(b'{"a": 1}\n' + line + b'\n{"b": 2}\n').events == ({"a": 1}, {"b": 2})


@settings(deadline=None)
@given(ENTRIES, st.data())
def test_log__opens_after_any_torn_write(tmp_path_factory, entries, data):
    folder = tmp_path_factory.mktemp("run")
    content = lines(entries)
    torn = content[: data.draw(st.integers(0, len(content)))]
    (folder / NAME).write_bytes(torn)
    before = read(folder)
    log = EventLog(folder)
    assert log.count == len(before.events)
    log.append({"step": 1})
    log.close()
    after = read(folder)
    assert after.events[:-1] == before.events
    assert after.events[-1]["step"] == 1
    assert read(folder, before.cursor).events == after.events[-1:]


def test_log__rewinds(tmp_path):
    log = EventLog(tmp_path)
    assert read(tmp_path) == parse(b"")
    for step in range(5):
        log.append({"step": step})
    cursor = read(tmp_path).cursor
    log.rewind(9)
    assert read(tmp_path, cursor).cursor is cursor
    log.rewind(2)
    log.append({"step": "two"})
    log.close()
    news = read(tmp_path, cursor)
    assert (news.start, [event["step"] for event in news.events]) == (2, ["two"])
    assert [event["step"] for event in read(tmp_path).events] == [0, 1, "two"]
    (tmp_path / NAME).write_bytes(b"{}\n")  # shorter than a reader remembers
    assert read(tmp_path, news.cursor).start == 0
    log = EventLog(tmp_path)
    with pytest.raises(ValueError, match="rewind"):
        log.append({"rewind": 1})
    log.close()
