"""People's names: "my name is John Smith", "this is Ann", "J O H N", "O'Brien". Pure; English."""

from __future__ import annotations

from typing import Final

from asisso.workflows.values.cardinal import TEENS, TENS, UNITS
from asisso.workflows.values.found import Found
from asisso.workflows.words import CONSUMED, Said, phrases_in, word_set

MAX_WORDS: Final = 4

_OPENINGS: Final = phrases_in(
    """
    my full name is, my name is, my name's, the name is, the name's, name is, name's, this is, you can call
    me, you are speaking with, you're speaking with, you are speaking to, you're speaking to, call me, i'm
    called, i am called, i'm, i am, it's, it is, that's, that is, it would be, under the name, under the
    name of, for
    """
)
_CLEAR_OPENINGS: Final = frozenset(
    {("my", "full", "name", "is"), ("my", "name", "is"), ("my", "name's"), ("this", "is"), ("the", "name", "is"),
     ("call", "me"), ("you", "can", "call", "me"), ("name", "is")}
)  # fmt: skip
"""Only these make a name clear that nobody has asked for."""

_HESITATIONS: Final = word_set(
    """
    um uh er ah oh well yes yeah sure okay ok hello hi hey so and right
    """
)
_ENDINGS: Final = word_set(
    """
    here speaking calling please thanks thank from with and at on about for i my the is was number tomorrow
    today it it's i'm i'd i've i'll we that's would will but
    """
)
_NO_NAMES: Final = word_set(
    """
    a an the i you he she it we they me him her us them my your his its our their what where when why who
    how which is are was were be been do does did have has had can could will would should may might must
    want need like get got know think say said tell speak talk call put make go come take give see look not
    no yes nope yeah sorry nothing nobody none please someone somebody anyone person human operator agent
    help order number account appointment sales support billing hello hi goodbye bye there that this these
    those in on at to of for with by just don't can't won't isn't sure okay ok repeat again pardon
    maybe wait sorry actually let back later
    """
) | UNITS.keys() | TEENS.keys() | TENS.keys()  # fmt: skip


def read_name(said: Said, *, is_asked: bool) -> Found | None:
    """The name somebody gives: behind an opening such as "my name is", or alone when it was asked for."""
    words = said.words
    for opening in _OPENINGS:
        if not is_asked and opening not in _CLEAR_OPENINGS:
            continue
        for at in range(len(words) - len(opening)):
            if words[at : at + len(opening)] == opening:
                found = _name_at(said, at + len(opening))
                if found is not None:
                    return found._replace(start=at)
    return _bare(said) if is_asked else None


def _bare(said: Said) -> Found | None:
    start = 0
    while start < len(said) and said.words[start] in (*_HESITATIONS, CONSUMED):
        start += 1
    found = _name_at(said, start)
    if found is None or any(word not in _ENDINGS for word in said.words[found.end :][:1]):
        return None
    return found


def _name_at(said: Said, start: int) -> Found | None:
    end = start
    while end < len(said) and _is_name(said.words[end]) and end - start < 20:
        end += 1
    parts = _joined(said.written[start:end])
    if not parts or len(parts) > MAX_WORDS:
        return None
    return Found(" ".join(_capital(part) for part in parts), start, end)


def _is_name(word: str) -> bool:
    return word not in _NO_NAMES and word not in _ENDINGS and word.replace("'", "").replace(".", "").isalpha()


def _joined(written: tuple[str, ...]) -> list[str]:
    """Put together what was spelled: J, O, H, N is John. A name that is said and then spelled counts once."""
    parts: list[str] = []
    spelled = ""
    for word in (*written, ""):
        if len(word) == 1:
            spelled += word
            continue
        if len(spelled) > 1:
            if parts and parts[-1].lower()[:1] == spelled.lower()[:1]:
                parts.pop()
            parts.append(spelled.capitalize())
        elif spelled:
            parts.append(spelled)
        spelled = ""
        if word:
            parts.append(word)
    return parts


def _capital(part: str) -> str:
    return (
        part
        if part != part.lower() and not part.isupper()
        else "'".join(p.capitalize() for p in part.split("'"))
    )
