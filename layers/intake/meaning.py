"""What a heading that is not listed means: cut into the words of ``meanings.toml``, which each field weighs."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from layers.catalog import LAYERS, Layer
from layers.intake import lexicon
from layers.intake.initials import initials

#: how much speaks for a field (its kind of value, each of its own words), and against it (words of something else)
_KIND, _OWN, _ALL_UNDERSTOOD, _STRANGE, _FOREIGN, _OTHER_KIND = 4.0, 2.0, 1.0, -1.0, -2.0, -1.5
_MOST_OWN, _UNPROVED = 2, -2.0
_SHORT_NAME = re.compile(r"[a-z]{2,10}")
_LONGEST, _LONGEST_WORD = 30, 10
_SHORTEST_BEGUN = 2  # letters that are left of an English word
_SYLLABLES = frozenset(("cun", "shequ", "xiang", "zhen"))
_REPEATED = re.compile(r"(?<=[a-z])\d$")  # the second of two columns of a database
_UNIT = re.compile(r"[/每](?:[㎡元人间户张辆个件%]|平方米|平米|m2|km/?h|公里|月|天|日|年|时)+$")
#: the code, the name or the kind of an area is no field of something in it
_AREAS = frozenset(("community", "region"))
#: kinds of values that count persons and name none
_COUNTED = frozenset(("people", "rooms", "beds", "households", "officers", "amount", "area", "money"))


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """A part of a heading: the concepts it may stand for, none where it is a strange word."""

    text: str
    concepts: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A heading cut into pieces, ``above`` the concepts of the headings over it.

    ``short`` when it was read from initials or a word of it was completed.
    """

    pieces: tuple[_Piece, ...]
    above: frozenset[str]
    short: bool


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A field that a heading may mean. ``sure`` when each word of it is understood and none is foreign.

    ``proof``: the heading alone is too little, and what stands in the column must show that it is this field.
    ``short``: read from initials or with a word completed, so that other words are as likely.
    """

    field: str
    score: float
    sure: bool
    proof: bool = False
    short: bool = False


def candidates(layer: Layer, *names: str) -> tuple[Candidate, ...]:
    """The fields that a heading may mean, the likeliest first; ``names`` are the ways to read it, all its words first.

    A heading that may name persons means none.
    """
    return _candidates(layer.key, names)


def names_persons(*names: str) -> bool:
    """Whether a heading may be that of a column of persons: a count of them is none."""
    if lexicon.personal(*names) is not None:
        return True
    return any(_is_of_persons(reading) for name in names for reading in _readings(name, ""))


def says_other(kind: str, *names: str) -> bool:
    """Whether a heading speaks of that kind of value already, or of something that no field asks for.

    A number may be anything: any kind of value that a heading speaks of is another.
    """
    readings = [reading for name in names for reading in _readings(name, "") if not reading.short]
    pieces = [piece.concepts for reading in readings for piece in reading.pieces]
    blocked = any(concepts and concepts <= _blockers() for concepts in pieces)
    kinds = {kind for reading in readings for kind in _kinds(reading.pieces)[1]}
    return blocked or kind in kinds or (kind == "number" and bool(kinds))


def is_counter(*names: str) -> bool:
    """Whether a heading only numbers the rows."""
    return any(lexicon.bare(name) in _words()["types"]["counter"].split() for name in names)


@cache
def _candidates(key: str, names: tuple[str, ...]) -> tuple[Candidate, ...]:
    if not names or names_persons(*names):
        return ()
    lowest = names[-1]
    upper = names[0].removesuffix(lowest) if len(names) > 1 else ""
    best: dict[str, Candidate] = {}
    for reading in _readings(lowest, upper):
        for field, spec in _fields(key).items():
            candidate = _weighed(reading, field, spec)
            if candidate is not None and (field not in best or candidate.score > best[field].score):
                best[field] = candidate
    return tuple(sorted(best.values(), key=lambda one: -one.score))


def _readings(name: str, upper: str) -> list[Reading]:
    """The ways to cut a heading: without what stands in its brackets, then with it, then completed or as initials."""
    folded = unicodedata.normalize("NFKC", name)
    texts = [_REPEATED.sub("", _UNIT.sub("", lexicon.bare(folded)))]
    inner = "".join(word for word in lexicon.in_brackets(folded) if _cut(word)[1])
    if inner:
        texts.append(inner)
    above = _concepts(_cut(lexicon.bare(upper))[0]) | (_concepts(_cut(inner)[0]) if inner else frozenset())
    readings = []
    for text in texts:
        if not text or len(text) > _LONGEST:
            continue
        ways = [(*_cut(text), False)] + ([(*_cut(text, short=True), True)] if _SHORT_NAME.fullmatch(text) else [])
        ways += [(completed, True, True)] if (completed := _completed(text)) else []
        readings += [
            Reading(pieces=pieces, above=above, short=short)
            for pieces, whole, short in ways
            if whole or not text.isascii()
        ]
    return readings


def _cut(text: str, *, short: bool = False) -> tuple[tuple[_Piece, ...], bool]:
    """``text`` as known words, with as few strange characters and then as few words as can be; whether all is known."""
    words = _short_words() if short else _known_words()
    best: list[tuple[int, int, tuple[_Piece, ...]]] = [(0, 0, ())]
    for end in range(1, len(text) + 1):
        ways = []
        for start in range(max(0, end - _LONGEST_WORD), end):
            strange, number, pieces = best[start]
            word = text[start:end]
            if word in words:
                ways.append((strange, number + 1, (*pieces, _Piece(text=word, concepts=words[word]))))
            elif end - start == 1:
                ways.append((strange + 1, number + 1, (*pieces, _Piece(text=word, concepts=frozenset()))))
        best.append(min(ways, key=lambda way: way[:2]))
    pieces = best[-1][2]
    return pieces, best[-1][0] == 0


def _completed(text: str) -> tuple[_Piece, ...] | None:
    """A heading whose last word was cut (社区统一代), with each word of a kind of value that begins so."""
    for start in range(1, len(text)):
        rest, begun = _cut(text[:start]), text[start:]
        if not rest[1] or begun in _known_words() or (begun.isascii() and len(begun) < _SHORTEST_BEGUN):
            continue
        concepts = {
            concept
            for word, meant in _known_words().items()
            if word.startswith(begun) and meant & _types()
            for concept in meant & _types()
        }
        if concepts:
            return (*rest[0], _Piece(text=begun, concepts=frozenset(concepts)))
    return None


def _weighed(reading: Reading, field: str, spec: Mapping[str, Any]) -> Candidate | None:
    """How much speaks for that field; None when something says that it is another."""
    at, kinds = _kinds(reading.pieces)
    wanted, own = frozenset(spec["type"].split()), frozenset(spec.get("of", "").split())
    if kinds and not kinds & wanted:
        return None
    fitting = own | frozenset(spec.get("with", "").split())
    rest = [piece.concepts for place, piece in enumerate(reading.pieces) if place != at or piece.concepts & own]
    verdicts = [_verdict(concepts, own, fitting | wanted) for concepts in rest]
    of_its_own = verdicts.count(_OWN) + bool(reading.above & own)
    if None in verdicts or reading.above & _blockers() - fitting:
        return None
    if not of_its_own and (not kinds or kinds == {"counter"}):
        return None
    weights = [weight for weight in verdicts if weight is not None]
    against = sum(weight for weight in weights if weight in (_FOREIGN, _OTHER_KIND))
    strange = _STRANGE in weights
    score = _KIND + against + _OWN * min(of_its_own, _MOST_OWN)
    score += _STRANGE if strange else _ALL_UNDERSTOOD
    proof = (not kinds and "bare" not in wanted) or bool(spec.get("must") and not of_its_own)
    if proof and _FOREIGN in weights:
        return None
    sure = not strange and not reading.short and not proof and score >= _KIND
    return Candidate(field=field, score=score + _UNPROVED * proof, sure=sure, proof=proof, short=reading.short)


def _verdict(concepts: frozenset[str], own: frozenset[str], fitting: frozenset[str]) -> float | None:
    """What a word besides the one of its kind weighs for a field; None where no column of the field has it."""
    if concepts & own:
        return _OWN
    if not concepts:
        return _STRANGE
    if concepts & (fitting | {"plain"}):
        return 0.0
    if concepts & (_blockers() | _AREAS):
        return None
    return _OTHER_KIND if concepts & _types() else _FOREIGN


def _kinds(pieces: tuple[_Piece, ...]) -> tuple[int, frozenset[str]]:
    """Where the word stands that says what kind of value a column holds, and the kinds it may mean.

    A number of something (刑拘数) is what it counts.
    """
    words = [(place, piece.concepts & _types()) for place, piece in enumerate(pieces) if piece.concepts & _types()]
    if not words:
        return -1, frozenset()
    if len(words) > 1 and (words[-1][1] == {"amount"} or ("amount" in words[-1][1] and words[-2][1] & _COUNTED)):
        words.pop()
    return words[-1]


def _is_of_persons(reading: Reading) -> bool:
    meanings = [piece.concepts for piece in reading.pieces]
    if not any(concepts and concepts <= {"person", "live", "plain"} and "person" in concepts for concepts in meanings):
        return False
    return not _kinds(reading.pieces)[1] & _COUNTED


def _concepts(pieces: tuple[_Piece, ...]) -> frozenset[str]:
    return frozenset(concept for piece in pieces for concept in piece.concepts)


@cache
def _fields(key: str) -> dict[str, Mapping[str, Any]]:
    layer = LAYERS[key]
    known, sections = lexicon.known_fields(layer), _words()["fields"]
    own = sections.get("areas" if layer.family == "areas" else key, {})
    shared = {name: spec for name, spec in sections["shared"].items() if name in known and layer.family != "areas"}
    return {name: spec for name, spec in (shared | own).items() if name in known}


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("meanings.toml").read_text("utf-8"))


@cache
def _types() -> frozenset[str]:
    return frozenset(_words()["types"])


@cache
def _blockers() -> frozenset[str]:
    return frozenset(_words()["never"])


@cache
def _known_words() -> dict[str, frozenset[str]]:
    words_of: dict[str, set[str]] = {}
    for section in ("types", "words", "never"):
        for concept, words in _words()[section].items():
            for word in words.split():
                words_of.setdefault(lexicon.normal(word), set()).add(concept)
    return {word: frozenset(concepts) for word, concepts in words_of.items()}


@cache
def _short_words() -> dict[str, frozenset[str]]:
    """The initials of each word of two characters and more, and the syllables that stand among them (CUNMC)."""
    initials_of: dict[str, set[str]] = {}
    for word, concepts in _known_words().items():
        letters = word if word in _SYLLABLES else initials(word) if len(word) > 1 and not word.isascii() else None
        if letters:
            initials_of.setdefault(letters, set()).update(concepts)
    return {letters: frozenset(concepts) for letters, concepts in initials_of.items()}
