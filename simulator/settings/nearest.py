"""The words that somebody may have meant who wrote one that is not there."""

import difflib
import re
from collections.abc import Iterable, Mapping

#: A hint names all words if there are no more than these, else the nearest so many.
FEW = 8
SOME = 3
#: How alike two words are at least of which one may have been meant, from 0 to 1.
LIKE = 0.5
#: The same for names that others gave, such as those of sandboxes, which are often made by rule.
LIKE_NAMES = 0.8
#: From so many letters on, a word that others contain stands for all of them.
PART = 3
#: How much is compared in full: the length of the unknown word times the number of others.
MOST_COMPARED = 250
#: Of a word that is like none, this many characters are compared.
LONGEST_WORD = 20

#: The part of a path that names one thing: in a request a GUID or a number, in a pattern {NAME}.
_ID = re.compile(r"(?<=/)([0-9a-f-]{32,36}|[0-9]+|\{[^/]*\})(?=/|$)", re.IGNORECASE)


def nearest(word: str, words: Iterable[str], synonyms: Mapping[str, str] | None = None) -> str:
    """Returns a hint that names the nearest of `words`; all of them if they are few, else some.

    Args:
        word: the unknown word.
        words: the words there are.
        synonyms: what is right for words that people try and that no right one is like.
    """
    if synonyms and (right := synonyms.get(word.strip().casefold().replace("_", "-"))):
        return f"write {right}"
    words = sorted(words)
    meant = words_meant(word, words)
    verb = "is only" if len(words) == 1 else "are"
    all_of_them = f"there {verb} {', '.join(words)}"
    if meant:
        hint = f"did you mean {' or '.join(map(repr, meant))}?"
        return f"{hint} T{all_of_them[1:]}" if len(words) <= FEW else hint
    if len(words) <= FEW:
        return all_of_them
    if _is_too_long(word, words):
        return f"there are {len(words)}, none of which is that long"
    matcher = difflib.SequenceMatcher(b=word[:LONGEST_WORD])
    bounds = {each: _bound(matcher, each) for each in words}
    some = sorted(words, key=lambda each: -bounds[each])[:SOME]
    # Nothing is near to an empty word, or to one that shares no letters with any.
    which = "of which these come nearest:" if bounds[some[0]] else "such as"
    return f"there are {len(words)}, {which} {', '.join(some)}"


def words_meant(word: str, words: Iterable[str]) -> list[str]:
    """Returns those of `words` that are like another, the likest first."""
    words, start = sorted(words), word.casefold()
    beginning = [each for each in words if start and each.casefold().startswith(start)]
    likest = beginning[0] if len(beginning) == 1 else _closest(word, words)
    return list(dict.fromkeys(filter(None, (likest, *_containing(word, words)))))


def nearest_path(path: str, patterns: Iterable[str], longest: int, base: str = "") -> str:
    """Returns a hint that names the nearest of `patterns`; empty where none is like the path.

    Args:
        path: the path of a request that none of them fits.
        patterns: paths, with {NAME} where one thing is named.
        longest: a path of more characters is like none.
        base: what all of them begin with.
    """
    # Letters that an id happens to share with a word say nothing, nor do those of the base.
    known = {_ID.sub("{}", each.removeprefix(base)): each for each in patterns}
    word = _ID.sub("{}", path.removeprefix(base))
    if len(word) > longest:
        return ""
    names = [repr(known[each]) for each in words_meant(word, known)]
    return f"did you mean {' or '.join(names)}?" if names else ""


def with_more(hint: str, more: str) -> str:
    """Returns a hint of `nearest`, and what else would be right behind it."""
    if not hint.endswith("?"):
        return f"{hint}; {more}"
    # A command or an option stays as it is written.
    is_plain = more.partition(" ")[0].isalpha()
    return f"{hint} {more[:1].upper() if is_plain else more[:1]}{more[1:]}"


def nearest_name(name: str, names: Iterable[str]) -> str:
    """Returns a hint that names the one of `names` that a slip of the hand leads away from.

    Unlike words of a language, names that others gave are alike without meaning the same.
    """
    names = sorted(names)
    if meant := _closest(name, names, LIKE_NAMES):
        return f"did you mean {meant!r}?"
    if len(names) == 1:
        return f"there is only {names[0]}"
    return f"there are {', '.join(names) if len(names) <= FEW else f'{len(names)} others'}"


def _containing(word: str, words: list[str]) -> list[str]:
    """Returns the words that a part of them may stand for; none where these are many."""
    part = word.casefold()
    found = [each for each in words if part in each.casefold()] if len(part) >= PART else []
    return found if len(found) <= FEW else []


def _bound(matcher: "difflib.SequenceMatcher[str]", word: str) -> float:
    """Returns how much two words are alike at most, from the letters they share."""
    matcher.set_seq1(word)
    return matcher.quick_ratio() if matcher.real_quick_ratio() >= LIKE else 0.0


def _is_too_long(word: str, words: list[str]) -> bool:
    # Of words that differ more in length, even all letters in common are too few.
    return len(word) > max(map(len, words), default=0) * (2 / LIKE - 1)


def _closest(word: str, words: list[str], like: float = LIKE) -> str:
    """Returns the word that is most like another; empty where none is.

    The work is bounded, since words come from clients: what is far too long is not looked at, and
    only those few are compared in full of which a cheap upper bound promises most.
    """
    if _is_too_long(word, words):
        return ""
    matcher = difflib.SequenceMatcher(b=word)
    bounds = ((_bound(matcher, each), each) for each in words)
    promising = sorted((each for each in bounds if each[0] >= like), reverse=True)
    best = like, ""
    for bound, each in promising[: MOST_COMPARED // (len(word) or 1)]:
        if bound < best[0]:
            break
        matcher.set_seq1(each)
        best = max(best, (matcher.ratio(), each))
    return best[1]
