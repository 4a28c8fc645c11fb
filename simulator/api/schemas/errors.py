"""Errors on the wire."""

from .fields import AnswerSchema, Text


class ErrorResponse(AnswerSchema):
    """What was wrong."""

    code = Text(allow_none=True)
    message = Text(allow_none=True)
    correlation_id = Text(allow_none=True)


class ErrorResponseV2(ErrorResponse):
    """What was wrong; the refund endpoints' form of it."""

    origin = Text(allow_none=True)
