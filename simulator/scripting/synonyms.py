"""What people write in scenarios before they know its words, and what is right instead.

No word of the language is like these, so that the nearest ones would lead astray.
"""

from collections.abc import Mapping


def _same(meant: str, *words: str) -> Mapping[str, str]:
    return dict.fromkeys((word.replace("_", "-") for word in words), meant)


def _joined(*tables: Mapping[str, str]) -> Mapping[str, str]:
    return {word: meant for table in tables for word, meant in table.items()}


_LATE = "cut: past_client_timeout"
_CANCEL = "cancel-by-user, or cancel-by-mobilepay"
_FAULT = "a fault, such as faults: [{call: CapturePayment, answer: {status: 500}}]"

ACTIONS = _joined(
    _same("cancel-by-user", "reject", "rejected", "decline", "declined", "refuse", "deny", "abort"),
    _same(_CANCEL, "cancel", "cancelled"),
    _same("accept", "pay", "approve", "confirm", "authorize", "swipe", "reserve"),
    _same("check-in", "checkin", "scan", "tap"),
    _same("fail-reserving", "fail", "insufficient-funds", "no-money"),
    _same("leave", "check-out", "checkout", "go"),
    _same("jump: {by: 1h}", "advance", "skip"),
    _same("after: 5s in the step that follows", "wait", "delay", "sleep", "pause"),
    _same(_FAULT, "error", "status", "drop", "lose", "reset", "timeout", "time-out"),
    _same("a call of the till, under `till:`, not an action", "capture", "refund", "initiate"),
)
STEPS = _joined(
    _same("do", "action", "then", "event", "run"),
    _same("after", "wait", "delay", "sleep", "pause", "in", "timeout"),
    _same("when", "state", "status", "on", "if", "until"),
)
FAULTS = _joined(
    _same("answer: {status: 500}", "status", "error", "response", "http", "fail", "return"),
    _same("answer: {code: '2000'}", "code"),
    _same("answer: {body: malformed}", "body"),
    _same(_LATE, "timeout", "time-out"),
    _same("cut: after_commit, or cut: before_commit", "drop", "lost", "lose", "abort", "close"),
    _same("cut: before_commit and by: reset", "reset", "disconnect"),
    _same("delay: 3s", "latency", "wait", "sleep", "slow", "after"),
    _same("call: CapturePayment", "operation", "endpoint", "on", "method", "path", "request"),
    _same("times: 2", "count", "repeat", "number", "max"),
)
CUTS = _joined(
    _same("after_commit, or before_commit", "drop", "lost", "lose", "close", "abort", "true"),
    _same("past_client_timeout", "timeout", "time-out", "late", "slow"),
    _same("before_commit with by: reset", "reset", "disconnect"),
)
SHORT_FAULTS = _joined(
    _same("lost", "drop", "lose", "cut", "after_commit"),
    _same("timeout", "time-out", "late", "slow", "delay", "past_client_timeout"),
    _same("reset", "disconnect", "close", "before_commit"),
    _same("500", "error", "fail", "status", "server-error"),
)
TILL = _joined(
    _same("initiate", "pay", "start", "create", "charge"),
    _same("wait-until-decided", "poll", "wait-for-accept", "await"),
    _same("check", "status", "query", "get"),
    _same("wait", "sleep", "delay", "advance", "pause"),
    _same("cancel", "abort", "void", "reject", "decline"),
)
EXPECTATIONS = _joined(
    _same("final_state", "state", "status", "outcome", "result", "payment_state"),
    _same("call", "called", "calls", "request", "requests"),
    _same("tries", "retries", "attempts", "retried"),
    _same("not_called", "never", "not"),
)
FILES = _joined(
    _same("summary", "title", "description", "name", "about"),
    _same("steps", "script", "actions", "customer", "scenario", "events"),
    _same("expect", "assert", "expectations", "then", "verify", "checks"),
    _same("faults", "errors", "inject", "network"),
    _same("till", "client", "calls", "requests"),
)
