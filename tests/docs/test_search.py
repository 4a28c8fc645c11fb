"""The search of the guide: the words that people use lead to the page that answers.

The search shows sections that have all words of a question, each at the beginning of a word.
"""

import re
from collections.abc import Iterable

import pytest
import yaml

from tests.support import ROOT

SETTINGS = yaml.safe_load((ROOT / "docs" / "guide.yaml").read_text("utf-8"))
SEPARATOR = re.compile(r"[\s\-_,:!=\[\]()\\\"`/]+|\.(?!\d)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(?=#+ )", re.MULTILINE)
QUESTIONS = {
    "registers": "how-to/two-tills.md",
    "two cash registers same shop": "how-to/two-tills.md",
    "hardcoded": "drop-in.md",
    "hard-coded URL": "how-to/tls-linux.md",
    "fixed URL": "drop-in.md",
    "hardcoded url linux": "how-to/tls-linux.md",
    "hardcoded url windows": "how-to/tls-windows.md",
    "android emulator certificate": "how-to/tls-android.md",
    "multiple simulators": "how-to/many-simulators.md",
    "several simulators": "how-to/many-simulators.md",
    "load balancer": "how-to/many-simulators.md",
    "company proxy": "how-to/corporate-proxy.md",
    "EADDRINUSE": "troubleshooting.md",
    "address already in use": "troubleshooting.md",
    "port taken": "troubleshooting.md",
    "stays Initiated": "troubleshooting.md",
    "payment stuck": "troubleshooting.md",
    "customer checked in but nothing happens": "troubleshooting.md",
    "clock stopped": "troubleshooting.md",
    "clock does not move": "troubleshooting.md",
    "401 unauthorized": "troubleshooting.md",
    "too many requests": "how-to/poll-delay.md",
    "429 throttled": "how-to/poll-delay.md",
    "how often may I poll": "how-to/poll-delay.md",
    "connection dropped": "how-to/lost-answer.md",
    "no response": "how-to/capture-time-out.md",
    "hangs": "how-to/capture-time-out.md",
    "declines": "how-to/rejected-payment.md",
    "token expires during payment": "how-to/token-expiry.md",
    "GitLab pipeline": "how-to/gitlab-ci.md",
    "GitHub pipeline": "how-to/github-actions.md",
    "reproduce a bug": "how-to/bug-report.md",
    "attach": "how-to/bug-report.md",
    "real traffic": "compare.md",
    "V10 discontinued": "after-v10.md",
    "V10 replacement": "after-v10.md",
    "replacement ePayment": "after-v10.md",
}


def words_of(text: str) -> list[str]:
    return [each for each in SEPARATOR.split(text.lower().replace("*", " ")) if each]


def sections(page: str) -> Iterable[list[str]]:
    """The words of each section of a page, its heading's among them."""
    text = FENCE.sub("", (ROOT / "docs" / page).read_text(encoding="utf-8"))
    return [words_of(each) for each in HEADING.split(text)]


def is_found(question: str, section: list[str]) -> bool:
    return all(any(word.startswith(each) for word in section) for each in words_of(question))


@pytest.mark.parametrize(("question", "page"), QUESTIONS.items(), ids=QUESTIONS)
def test_one_section_of_the_page_that_answers_has_all_words_of_a_question(
    question: str, page: str
) -> None:
    assert any(is_found(question, each) for each in sections(page))


def test_the_changes_are_left_out_of_the_search() -> None:
    assert SETTINGS["unsearched"] == ["CHANGELOG.md"]
