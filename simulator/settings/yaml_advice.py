"""WHAT IS RIGHT where a text is not YAML: an example for each complaint of the parser."""

from collections.abc import Mapping

#: By what the parser says.
EXAMPLES: Mapping[str, str] = {
    "did not find expected key": "items of one list, and keys of one mapping, begin in the same "
    "column: `- do: check-in`, and straight below it `- do: accept`",
    "did not find expected '-' indicator": "each item of a list begins with `- `, and its other "
    "keys stand below its first: `- do: accept`, and `when: Reserved` below `do`",
    "mapping values are not allowed in this context": "keys of one mapping begin in the same "
    'column, and a text with a colon and a blank needs quotes: `summary: "Paid: late"`',
    "found character that cannot start any token": "indent with blanks, not with tabs, and put "
    'a text that begins with such a character in quotes: `summary: "@home"`',
    "found a tab character that violates indentation": "indent with blanks, not with tabs",
    "could not find expected ':'": "a key has a colon and a value: `after: 1s`",
    "did not find expected node content": "a value is missing, or a bracket is not closed: "
    "`steps: []`",
    "did not find expected ',' or '}'": "a mapping in one line ends with its bracket: "
    "`{call: CapturePayment, answer: 500}`",
    "did not find expected ',' or ']'": "a list in one line ends with its bracket: "
    "`[CapturePayment, CancelPayment]`",
    "found unexpected end of stream": 'a quote is not closed: `summary: "Nobody comes."`',
    "block sequence entries are not allowed in this context": "a list begins in the line below "
    "its key: `steps:`, and below it `  - do: check-in`",
}


def with_example(complaint: str) -> str:
    """Returns what the parser says, and what would be right where that is known."""
    example = EXAMPLES.get(complaint)
    return f"{complaint}; {example}" if example else complaint
