"""What a page of HTML has to be: valid, alone, and readable by everybody."""

import re
from collections import Counter
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import html5lib

#: Elements and attributes that run something or fetch something.
ACTIVE = {"script", "link", "img", "iframe", "object", "embed", "base", "form", "audio", "video"}
FETCHING = {"src", "srcset", "action", "formaction", "poster", "data", "ping", "background"}
HEADING = re.compile(r"h[1-6]")


def parsed(page: str) -> ET.Element:
    """Returns a page; an error anywhere in it is raised."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: ET.Element = parser.parse(page)
    for each in tree.iter():
        if isinstance(each.tag, str):
            each.tag = each.tag.rpartition("}")[2]
    return tree


def text_of(element: ET.Element) -> str:
    """Returns what is read of an element."""
    return " ".join("".join(element.itertext()).split())


def with_class(tree: ET.Element, name: str) -> list[ET.Element]:
    """Returns the elements of a class."""
    return [each for each in tree.iter() if name in (each.get("class") or "").split()]


def labelled_by(tree: ET.Element, wanted: str) -> ET.Element:
    """Returns the one element whose heading has an id."""
    (found,) = [each for each in tree.iter() if each.get("aria-labelledby") == wanted]
    return found


def what_is_active(tree: ET.Element) -> list[str]:
    """Returns all that would run or fetch something, or lead away from the page."""
    found = []
    for each in _elements(tree):
        found += [each.tag] if each.tag in ACTIVE else []
        for name, value in each.attrib.items():
            leads_away = name.endswith("href") and not value.startswith("#")
            if name.startswith("on") or name in FETCHING or leads_away:
                found.append(f"{each.tag} {name}={value}")
    styles = "".join(text_of(each) for each in tree.iter("style"))
    return found + re.findall(r"@import.*|url\(.*", styles)


def what_bars_readers(tree: ET.Element) -> list[str]:
    """Returns all that stands between the page and somebody who can't see it."""
    elements = list(_elements(tree))
    ids = Counter(each.get("id") for each in elements if each.get("id"))
    found = [f"id {each} twice" for each, count in ids.items() if count > 1]
    for each in elements:
        references = (each.get("aria-labelledby") or "").split()
        references += [each.get("href", "")[1:]] if each.tag == "a" else []
        found += [f"nothing has the id {name}" for name in references if name not in ids]
        if each.tag == "th" and each.get("scope") not in ("row", "col"):
            found.append(f"th without scope: {text_of(each)}")
        if each.tag == "svg" and each.get("aria-hidden") != "true":
            found.append("a picture that is read out")
    for landmark in ("header", "main", "footer"):
        found += [] if next(tree.iter(landmark), None) is not None else [f"no {landmark}"]
    levels = [int(each.tag[1]) for each in elements if HEADING.fullmatch(each.tag)]
    jumps = [pair for pair in pairwise(levels) if pair[1] - pair[0] > 1]
    found += [f"h{before} is followed by h{after}" for before, after in jumps]
    found += [] if levels.count(1) == 1 else [f"{levels.count(1)} h1"]
    html: Any = tree if tree.tag == "html" else tree.find("html")
    return found + ([] if html.get("lang") else ["no language"])


def _elements(tree: ET.Element) -> list[ET.Element]:
    return [each for each in tree.iter() if isinstance(each.tag, str)]


def contrast(one: str, other: str) -> float:
    """Returns the contrast of two colours, as WCAG 2 reckons it; 4.5 is enough for text."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(each * 2 for each in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
