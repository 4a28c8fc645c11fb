"""What the tests of compare share: recordings, and a way to compare them."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mobilepay_simulator.testing.compare.archive import BadRecording
from mobilepay_simulator.testing.compare.beforehand import fresh_simulator, with_credentials
from mobilepay_simulator.testing.compare.comparison import ComparedRecording, compare
from mobilepay_simulator.testing.compare.har import read_har

from tests.support import Till

BEGINS = datetime(2023, 3, 14, 9, 26, 53, tzinfo=UTC)


def written(archive: Any, folder: Path) -> Path:
    """Writes a recording to a file."""
    file = folder / "recording.har"
    file.write_text(json.dumps(archive))
    return file


def har_of(till: Till) -> Any:
    """What the server exports of a till's sandbox."""
    answer = till.http.get("/_simulator/requests", params={"format": "har", "limit": "10000"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def compared(file: Path, **settings: str) -> ComparedRecording:
    """What comes of a recording, compared in this process."""
    recording = with_credentials(read_har(file), None)
    return compare(recording, fresh_simulator(recording, settings), file.name, "here")


def compared_or_refused(archive: Any, folder: Path) -> ComparedRecording | None:
    """What comes of a recording, each entry told of; None where it is refused, in one line."""
    try:
        result = compared(written(archive, folder))
    except BadRecording as error:
        assert len(str(error).splitlines()) == 1
        return None
    assert len(result.calls) + sum(result.others.values()) == len(archive["log"]["entries"])
    return result


def told(result: ComparedRecording) -> list[str]:
    """All differences, each with its call and its kind."""
    return [
        f"{each.call.exchange.operation} {difference.kind}: {difference}"
        for each in result.different
        for difference in each.differences
    ]


class Recorder:
    """Writes a recording by hand, as a proxy would have: call by call."""

    def __init__(self, host: str = "https://api.sandbox.mobilepay.dk") -> None:
        self.entries: list[dict[str, Any]] = []
        self._host = host
        self._now = BEGINS

    def after(self, **length: float) -> None:
        """Lets time pass."""
        self._now += timedelta(**length)

    def call(
        self,
        method: str,
        path: str,
        status: int,
        answer: Any = None,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        change: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        """Adds a call of the PoS API, or of another path that begins with two slashes."""
        sent = {
            "Authorization": "Bearer opaque-access-token-of-the-real-service",
            "X-MobilePay-Merchant-VAT-Number": "DK12345678",
            "X-MobilePay-Client-System-Version": "2.1.4",
            **({"X-MobilePay-Idempotency-Key": key} if key else {}),
            **(headers or {}),
        }
        text = "" if answer is None else answer if isinstance(answer, str) else json.dumps(answer)
        entry = {
            "startedDateTime": self._now.isoformat(timespec="milliseconds"),
            "time": 80,
            "request": {
                "method": method,
                "url": self._host + (path[1:] if path.startswith("//") else f"/pos/v10{path}"),
                "httpVersion": "HTTP/1.1",
                "headers": [{"name": name, "value": value} for name, value in sent.items()],
                "queryString": [],
            },
            "response": {
                "status": status,
                "headers": [],
                "content": {
                    "size": len(text),
                    "mimeType": "application/json; charset=utf-8" if text else "",
                    "text": text,
                },
            },
        }
        if body is not None:
            entry["request"]["postData"] = {
                "mimeType": "application/json",
                "text": json.dumps(body),
            }
        if change is not None:
            change(entry)
        self.entries.append(entry)
        self.after(milliseconds=200)

    @property
    def archive(self) -> Any:
        """The recording."""
        return {"log": {"version": "1.2", "creator": {"name": "by hand"}, "entries": self.entries}}
