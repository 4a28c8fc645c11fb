"""How a client of the service should call it: time-outs, retries, pauses and polls, in one table.

The expectations of scenarios, the audit, certifications, explanations and the model client all read
these values. Each has its source: a section of the service's documentation, or "decided" where the
documentation is silent; docs/fidelity.md says why.
"""

from datetime import timedelta

# fmt: off
# Time-outs: how long to wait for an answer before giving up on it.
READ_TIMEOUT = timedelta(milliseconds=500)    # section 9: GET
WRITE_TIMEOUT = timedelta(seconds=2)          # section 9: POST, PUT and DELETE
TIMEOUT_TOLERANCE = 0.85                      # decided: the share that a client must wait
LATE_TIMEOUT = 1.5                            # decided: a time-out this many times as long is late

# Retries: the same request again, with the same idempotency key.
MOST_RETRIES = 5                              # section 9
ADVISED_RETRIES = 2                           # section 9
RETRY_DEADLINE = timedelta(seconds=30)        # decided: a scenario waits this long for a retry
RETRY_WINDOW = timedelta(minutes=5)           # decided: later, the same call is a new one
JOB_WINDOW = timedelta(days=1)                # decided: until then a periodic job repeats a call

# Pauses before retries: constant or exponential, with jitter (section 9).
FIRST_PAUSE = timedelta(milliseconds=500)     # decided: the model client's
PAUSE_GROWTH = 2                              # decided: the model client's
SHORTEST_PAUSE = timedelta(milliseconds=50)   # decided: a shorter pause is none
FEWEST_PAUSES = 3                             # decided: fewer say nothing about whether they shrink

# Polls: not sooner than the pollDelayInMs of the last answer (section 9).
POLL_DELAY = timedelta(seconds=1)             # section 9: where no delay is known
POLL_JITTER = 0.05                            # decided: this share of a delay may be missing
LONGEST_POLLING = timedelta(minutes=10)       # decided: for a check-in
MOST_POLLS = 600                              # decided: for a check-in
POLLING_PAUSE = timedelta(minutes=1)          # decided: after a longer pause, polling starts anew
# fmt: on


def timeout_of(method: str) -> timedelta:
    """Returns how long a client waits for the answer to a request with this HTTP method."""
    return READ_TIMEOUT if method == "GET" else WRITE_TIMEOUT


def must_send_again(status: int) -> bool:
    """Returns whether a client sends a request again, after a pause and with the same key.

    It does so where it can't know whether the work was done, and after 429 (section 9).

    Args:
        status: the HTTP status that reached the client; 0 where no whole answer did.
    """
    return status in (0, 429) or status >= 500


def in_seconds(length: timedelta) -> str:
    """Returns a length for sentences: 0.5 s, 2 s."""
    return f"{length.total_seconds():g} s"
