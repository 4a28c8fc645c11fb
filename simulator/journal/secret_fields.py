"""Finds the values of fields that hold secrets, wherever clients write them by mistake.

Everything here takes a time that grows no faster than what is looked through.
"""

import re
from collections.abc import Callable

MASK = "***"
#: What is told each secret that is found, as it is written there.
Note = Callable[[bytes], object]
#: The fields that may hold a secret, in forms and in what clients send instead by mistake. Clients
#: misspell their names: in any case, as one word, with a hyphen.
_WORDS = (("client", "secret"), ("access", "token"), ("refresh", "token"))
_FIELDS = "|".join("[_-]?".join(words) for words in _WORDS).encode()


def _escaped(word: str, *escapes: str) -> str:
    """Returns what matches a word any of whose letters may be written as one of some escapes."""
    ways = (
        [each, *(escape % ord(form) for escape in escapes for form in (each, each.upper()))]
        for each in word
    )
    return "".join(f"(?:{'|'.join(each)})" for each in ways)


def _fields(*escapes: str) -> bytes:
    """Returns what matches the fields, whose names may be written with some escapes."""
    gap = f"(?:[_-]|{'|'.join(escape % ord(each) for escape in escapes for each in '_-')})?"
    return "|".join(
        gap.join(_escaped(word, *escapes) for word in words) for words in _WORDS
    ).encode()


#: A quote: as it is, in a text of JSON (in another, and so on), and in a form.
_QUOTE = rb"""(?:\\{0,16}["']|\\{1,16}u002[27]|(?:%5c){0,16}%2[27])"""
_SPACE = rb"(?:\s|\+|%20|%0[9ad])*+"
#: What stands in quotes of which the first was `quote`. Within quotes that are escaped, other
#: quotes are escaped once more.
_QUOTED = rb"""
    (?: (?<=[^\\]") (?:[^"\\]|\\.)*+
      | (?<=[^\\]') (?:[^'\\]|\\.)*+
      | (?: [^\\%"'] | (?!(?P=quote)) (?: \\++(?:["']|u002[27])? | (?:%5c)++(?:%2[27])? | % ) )*+
    )"""
_ITEMS = rb"""(?: "(?:[^"\\]|\\.)*+" | [^"\]}] )*+"""


def _misplaced(fields: bytes) -> re.Pattern[bytes]:
    """Returns what matches a field with its secret: in JSON, in a printed Python dict, in a form
    without its media type, in lines of names and values, in XML, and in a part of a multipart form.
    """
    return re.compile(
        rb"""
        (?: %(fields)b )
        (?: %(quote)b? %(space)b (?: : | =>?+ | %%3a | %%3d )
            (?: %(space)b (?P<quote>%(quote)b) (?P<quoted>%(quoted)b)
              | \s*+ \[ (?P<list>%(items)b) \]?+
              | \s*+ \{ (?P<object>%(items)b) \}?+
              | (?<=[:3aA]) [ \t]*+ (?P<word>[^\s&,}\]"']*+)
              | [ \t]*+ (?P<rest>[^&\s]*+)
            )
          | ["']? (?:;[^\r\n]{0,300}+)? \r?\n (?:[^\r\n]{1,300}+\r?\n){0,9}+ \r?\n
            (?P<part>[^\r\n]*+)
          | ["']? (?:\s[^<>]{0,200}+)? > \s*+ (?:<!\[CDATA\[)? (?P<element>[^<\s][^<]*+)
        )
        """
        % {
            b"fields": fields,
            b"quote": _QUOTE,
            b"space": _SPACE,
            b"quoted": _QUOTED,
            b"items": _ITEMS,
        },
        re.DOTALL | re.IGNORECASE | re.VERBOSE,
    )


_OF_FORM, _OF_JSON = "%%%02x", r"\\{1,16}u00%02x"
_NAMED = re.compile(_FIELDS).search
_MISPLACED = _misplaced(_FIELDS)
#: An escape that may be a character of a field's name, and secrets whose field has any.
_ESCAPE = re.compile(rb"(?:%|\\{1,16}u00)[2-7][0-9a-fA-F]")
_MISPLACED_ESCAPED = _misplaced(_fields(_OF_FORM, _OF_JSON))
#: A pair of a form whose name has a secret's in it. Each pair is looked at once: it has no equals
#: sign, or what is sought for ends there. Forms of old have semicolons between their pairs; a
#: secret may hold one.
_PAIR = re.compile(
    rb"((?:^|[&;])(?=[^&;=]*=)[^&;=]*?(?:%b)[^&;=]*=)([^&]*)" % _fields(_OF_FORM), re.IGNORECASE
)
#: What can stand beside a secret in a form only where the form is none, or holds JSON.
_ODD_IN_FORMS = re.compile(rb"""["'<:]|%2[27]|%3a""", re.IGNORECASE).search
_NO_SECRETS = (b"null", b"true", b"false")
_WHOLE = {"list": b'["%b"]', "object": b'"%b"'}


def names_secret(name: str) -> bool:
    """Whether a name has that of a secret's field in it."""
    return _is_named(name.encode("utf-8", "replace"))


def without_secrets(body: bytes, note: Note | None = None) -> bytes:
    """Returns a body that is no form without secrets, which a client may send by mistake."""
    secret, is_named = _MISPLACED, _is_named(body)
    if b"%" in body or b"u00" in body:
        secret = _MISPLACED_ESCAPED
        is_named = is_named or _is_named(_ESCAPE.sub(_unescaped, body))
    return secret.sub(_masking(note), body) if is_named else body


def form_without_secrets(body: bytes, note: Note | None = None) -> bytes:
    """Returns a form without secrets; a client may send JSON as one by mistake, or in one."""

    def masked(match: re.Match[bytes]) -> bytes:
        if note is not None:
            note(match[2])
        return match[1] + MASK.encode()

    body = _PAIR.sub(masked, body)
    return without_secrets(body, note) if _ODD_IN_FORMS(body) else body


def _masking(note: Note | None) -> Callable[[re.Match[bytes]], bytes]:
    """Returns what replaces a field with its secret."""

    def masked(match: re.Match[bytes]) -> bytes:
        group = match.lastgroup or ""
        secret, mask = match[group], MASK.encode()
        is_word = group == "word"
        if is_word and secret.lower() in _NO_SECRETS:
            return match[0]
        if note is not None:
            note(secret)
        before = match[0][: match.start(group) - match.start()]
        if group in _WHOLE:
            return before[:-1] + _WHOLE[group] % mask
        is_json = is_word and before.rstrip(b" \t:").endswith(b'"')
        return before + (b'"%b"' % mask if is_json else mask)

    return masked


def _is_named(body: bytes) -> bool:
    """Whether the name of a secret's field is in a body: in most is no word of one."""
    lower = body.lower()
    return (b"secret" in lower or b"token" in lower) and _NAMED(lower) is not None


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[0][-2:], 16)])
