"""Build the class catalogue: ``assets/catalog.tsv.gz`` and two small files beside it.

    apt-get install wordnet-base
    python tools/build_catalog.py [--wordnet /usr/share/wordnet] [--output assets]

Which synsets are classes comes from the tables inside the timm wheel (Apache-2.0), everything else
from WordNet 3.0: ``data.noun`` (format: wndb(5WN)) for lemmas, definitions and the is-a graph,
``noun.exc`` for irregular plurals. WordNet 3.1 will not do, its offsets differ.

    catalog.tsv.gz          a row for each class and each synset above one, sorted by wnid: wnid,
                            1k index, 1 if in 21k, parents (blanks between), lemmas (| between),
                            definition; the same input gives the same bytes
    irregular-plurals.tsv   plural and singular, for those singulars that the catalogue uses
    WORDNET-LICENSE.txt     WordNet's notice, which must go with the data

Before anything is written, lemmas and definitions are compared with timm's, and the sizes with the
known ones.
"""

import argparse
import gzip
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "assets"
DEBIAN_WORDNET = Path("/usr/share/wordnet")
IS_A = {"@", "@i"}  # pointer symbols of hypernym and instance hypernym

# (nodes, edges) of everything at or above the classes
KNOWN_SIZES = {"1k": (1_860, 1_937), "21k": (23_546, 24_048)}


@dataclass(frozen=True)
class Noun:
    """One synset as WordNet has it."""

    lemmas: tuple[str, ...]
    definition: str
    parents: tuple[str, ...]  # in WordNet's order


def read_nouns(file: Path) -> dict[str, Noun]:
    """All noun synsets of a ``data.noun`` by wnid, the letter n and the eight-digit offset."""
    nouns = {}
    for line in file.read_text("ascii").splitlines():
        if line.startswith("  "):  # the licence
            continue
        fields, gloss = line.split(" | ", 1)
        offset, _, _, lemma_count, *rest = fields.split()
        lemmas_end = 2 * int(lemma_count, 16)  # each lemma is followed by its lex id
        pointers = rest[lemmas_end + 1 :]  # groups of four: symbol, offset, part of speech, words
        nouns[f"n{offset}"] = Noun(
            tuple(lemma.replace("_", " ") for lemma in rest[:lemmas_end:2]),
            definition_of(gloss),
            tuple(
                f"n{target}"
                for symbol, target in zip(pointers[::4], pointers[1::4], strict=True)
                if symbol in IS_A
            ),
        )
    return nouns


def definition_of(gloss: str) -> str:
    """The gloss without its examples, which are quoted and follow a semicolon or a colon."""
    return re.split(r'[;:] "', gloss, maxsplit=1)[0].strip().rstrip(";")


def timm_tables() -> Path:
    """The folder of timm's synset tables, found without importing timm (which imports torch)."""
    spec = importlib.util.find_spec("timm")
    if spec is None or spec.origin is None:
        raise SystemExit("timm is not installed: pip install timm")
    return Path(spec.origin).parent / "data" / "_info"


def read_pairs(file: Path) -> dict[str, str]:
    """A table of two columns."""
    return dict(line.split("\t", 1) for line in file.read_text("utf-8").splitlines())


def closure(wnids: list[str], nouns: dict[str, Noun]) -> set[str]:
    """The synsets and everything above them."""
    found: set[str] = set()
    waiting = list(wnids)
    while waiting:
        wnid = waiting.pop()
        if wnid not in found:
            found.add(wnid)
            waiting += nouns[wnid].parents
    return found


def verify(nouns: dict[str, Noun], classes: dict[str, list[str]], tables: Path) -> None:
    """Stop if WordNet or the classes are not those that the catalogue is meant for."""
    lemmas = read_pairs(tables / "imagenet_synset_to_lemma.txt")
    definitions = read_pairs(tables / "imagenet_synset_to_definition.txt")
    for wnid in {*classes["1k"], *classes["21k"]}:
        if ", ".join(nouns[wnid].lemmas) != lemmas[wnid]:
            raise SystemExit(f"{wnid} is {lemmas[wnid]} in timm, {nouns[wnid].lemmas} in WordNet.")
        if nouns[wnid].definition != definitions[wnid]:
            raise SystemExit(f"{wnid} is defined otherwise in timm: {definitions[wnid]}")
    for scope, known in KNOWN_SIZES.items():
        nodes = closure(classes[scope], nouns)
        size = (len(nodes), sum(len(nouns[wnid].parents) for wnid in nodes))
        if size != known:
            raise SystemExit(f"{scope} has {size} nodes and edges, not {known}.")


def catalog_rows(nouns: dict[str, Noun], classes: dict[str, list[str]]) -> str:
    """The text of the catalogue."""
    index = {wnid: str(position) for position, wnid in enumerate(classes["1k"])}
    in_21k = set(classes["21k"])
    rows = []
    for wnid in sorted(closure([*classes["1k"], *classes["21k"]], nouns)):
        noun = nouns[wnid]
        flag = "1" if wnid in in_21k else ""
        parents, lemmas = " ".join(noun.parents), "|".join(noun.lemmas)
        rows.append("\t".join([wnid, index.get(wnid, ""), flag, parents, lemmas, noun.definition]))
    return "\n".join(rows) + "\n"


def plural_rows(file: Path, catalog: str) -> str:
    """Plurals of ``noun.exc`` with their first singular, where the catalogue uses that word."""
    used = set(re.findall(r"[a-z]+", catalog.lower()))
    singulars: dict[str, str] = {}
    for line in file.read_text("ascii").splitlines():
        plural, singular, *_ = line.split()
        if singular in used and singular != plural:
            singulars.setdefault(plural, singular)
    return "".join(f"{plural}\t{singular}\n" for plural, singular in singulars.items())


def notice(file: Path) -> str:
    """WordNet's licence as it stands, with numbered lines, at the head of each of its files."""
    lines = [line for line in file.read_text("ascii").splitlines() if line.startswith("  ")]
    return "".join(re.sub(r"^ +\d+ ", "", line).rstrip() + "\n" for line in lines)


def main() -> None:
    """Read, verify, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wordnet", type=Path, default=DEBIAN_WORDNET, help="WordNet 3.0's files")
    parser.add_argument("--output", type=Path, default=ASSETS)
    options = parser.parse_args()

    tables = timm_tables()
    nouns = read_nouns(options.wordnet / "data.noun")
    classes = {
        "1k": (tables / "imagenet_synsets.txt").read_text("ascii").split(),
        "21k": (tables / "imagenet22k_synsets.txt").read_text("ascii").split(),
    }
    verify(nouns, classes, tables)
    rows = catalog_rows(nouns, classes)

    options.output.mkdir(parents=True, exist_ok=True)
    # without a time, so that the bytes depend on the rows alone
    (options.output / "catalog.tsv.gz").write_bytes(gzip.compress(rows.encode(), 9, mtime=0))
    plurals = plural_rows(options.wordnet / "noun.exc", rows)
    (options.output / "irregular-plurals.tsv").write_text(plurals)
    (options.output / "WORDNET-LICENSE.txt").write_text(notice(options.wordnet / "data.noun"))
    print(f"{rows.count(chr(10)):,} synsets, {plurals.count(chr(10)):,} irregular plurals")


if __name__ == "__main__":
    main()
