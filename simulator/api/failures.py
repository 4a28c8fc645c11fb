"""What is answered where the simulator itself has failed, and what its log says of that."""

import logging

from ..engine.operations import TOKEN_PATH
from ..sandboxes.background import BackgroundWork, NoFreeThread
from ..settings.files import is_shortage
from .answers import FAILED, Response, internal_error, oauth_answer, oauth_failure
from .request import Request

_log = logging.getLogger("simulator")

#: Goes with what is answered where files, connections among them, or threads are used up.
RETRY_AFTER = ("Retry-After", "1")


def shortage_of(error: Exception) -> str:
    """Returns what a call is told that has failed for want of free files or threads, else nothing.

    Nothing is wrong with the simulator then: the same call works once somebody closes a connection,
    or once other work is done.
    """
    if isinstance(error, NoFreeThread):
        return "The simulator can start no more threads now; try again."
    return "The simulator can open no more files now; try again." if is_shortage(error) else ""


def failure_answer(
    error: Exception, request: Request, correlation_id: str, background: BackgroundWork
) -> Response:
    """Returns what a call is answered that has failed; the log gets the trace.

    Args:
        error: why it has failed.
        request: the call.
        correlation_id: of the call.
        background: tells of files or threads that are used up.
    """
    shortage = shortage_of(error)
    if shortage:
        part = "threads" if isinstance(error, NoFreeThread) else "open files"
        background.tell_once(part, f"{error}; calls are answered 503")
    else:
        _log.error("%s %s failed", request.method, request.path, exc_info=error)
    status, message = (503, shortage) if shortage else (500, FAILED)
    if request.path == TOKEN_PATH:
        reply = oauth_answer(oauth_failure(status, message))
    else:
        reply = internal_error(correlation_id, status, message)
    if shortage:
        reply.headers.append(RETRY_AFTER)
    return reply
