"""The builder, against WordNet's own files where they are installed."""

import gzip
import importlib.util

import pytest

from core.paths import ASSETS
from tools import build_catalog

WORDNET = build_catalog.DEBIAN_WORDNET
needs_sources = pytest.mark.skipif(
    not (WORDNET / "data.noun").exists() or importlib.util.find_spec("timm") is None,
    reason="needs Debian's wordnet-base and timm",
)

LINES = """  1 A licence.
00001740 03 n 01 entity 0 001 ~ 00001930 n 0000 | that which is; "an example"
02084071 05 n 02 dog 0 domestic_dog 0 003 @ 02083346 n 0000 @i 01317541 n 0000 ~ 1 n 0000 | a pet
"""


def test_read_nouns__reads_wordnets_format(tmp_path):
    file = tmp_path / "data.noun"
    file.write_text(LINES)
    assert build_catalog.read_nouns(file) == {
        "n00001740": build_catalog.Noun(("entity",), "that which is", ()),
        "n02084071": build_catalog.Noun(
            ("dog", "domestic dog"), "a pet", ("n02083346", "n01317541")
        ),
    }
    assert build_catalog.notice(file) == "A licence.\n"


@needs_sources
def test_assets__are_what_the_builder_makes(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["build_catalog", "--output", str(tmp_path)])
    build_catalog.main()
    for name in ("irregular-plurals.tsv", "WORDNET-LICENSE.txt"):
        assert (tmp_path / name).read_bytes() == (ASSETS / name).read_bytes()
    made, kept = ((folder / "catalog.tsv.gz").read_bytes() for folder in (tmp_path, ASSETS))
    # the compressor may differ from one zlib to the next
    assert gzip.decompress(made) == gzip.decompress(kept)
    assert kept[4:8] == bytes(4)  # no time


def test_assets__keep_wordnets_notice():
    notice = (ASSETS / "WORDNET-LICENSE.txt").read_text()
    assert "WordNet 3.0 Copyright 2006 by Princeton University.  All rights reserved." in notice
