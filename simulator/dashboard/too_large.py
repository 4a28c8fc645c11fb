"""What is said of a form that is larger than the server reads."""

from urllib.parse import unquote

from ..api.request import Request

#: The header in which the page's script names the file that a form sends: of a body that is too
#: large, nothing is read.
FILE_NAME = "x-file-name"
LONGEST_NAME = 60


def why_too_large(request: Request, most: int) -> str:
    """Returns what was too large, how large it was, and how much is read.

    Args:
        request: the request, whose body was not read.
        most: the limit in bytes.
    """
    name = unquote(request.headers.get(FILE_NAME) or "")[:LONGEST_NAME]
    length = request.headers.get("content-length") or ""
    sent = f"{int(length):,} bytes were sent" if length.isdecimal() else "too much was sent"
    return (
        f"{name or 'This form'} is too large: {sent}, and the simulator reads at most {most:,}. "
        "Start it with a larger `--max-body` to send more."
    )
