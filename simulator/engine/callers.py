"""Who is calling, once the edge knows it."""

from dataclasses import dataclass

__all__ = ["Caller"]


@dataclass(frozen=True, slots=True)
class Caller:
    """An integrator acting for a merchant.

    Args:
        client_id: the integrator's OAuth client id.
        merchant: the VAT number of the merchant it acts for.
    """

    client_id: str
    merchant: str
