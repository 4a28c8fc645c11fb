"""What a server says to people once it listens."""

from .. import __version__
from ..engine.merchants import SEEDED_VATS
from ..settings.data import Integrator
from ..settings.hosts import WILDCARDS
from ..settings.settings import Settings


def banner_of(
    settings: Settings, integrator: Integrator, url: str, secure_url: str, certificate: str
) -> str:
    """Returns where a server is, who may control it, and what to try first.

    Args:
        settings: its settings.
        integrator: whose credentials the first call is shown with.
        url: where clients reach it.
        secure_url: the same for HTTPS; empty where it serves none.
        certificate: about its certificate; empty without HTTPS.
    """
    where = "\n  address    all addresses of this machine (--host)"
    listens = where if settings.host in WILDCARDS else ""
    secure = f" and {secure_url}" if secure_url else ""
    shown = f"\n  HTTPS      {certificate}" if certificate else ""
    return f"""\
MobilePay PoS simulator {__version__} on {url}{secure}{listens}
  scenario   {settings.scenario} (X-Simulator-Scenario: NAME picks another of {url}/_simulator/scenarios)
  client id  {integrator.client_id}
  secret     {integrator.secret}
  merchants  {", ".join(SEEDED_VATS)}
  seed {settings.seed}, time x{settings.time_scale:g}
  control    {_who_controls(settings)}{shown}

Try:
  curl {url}/_simulator/health
  curl -u {integrator.client_id}:{integrator.secret} \\
       -d grant_type=client_credentials -d merchant_vat=DK12345678 \\
       {url}/integrator-authentication/connect/token
  open {url}/
  open {url}/docs
It is independent of MobilePay and moves no money. Ctrl-C stops it.
"""


def _who_controls(settings: Settings) -> str:
    """Who may call the control API, in a few words; the token itself is nobody's business."""
    if settings.control_token is not None:
        return "with the control token"
    if settings.allow_remote_control:
        return "everybody who can reach it (--allow-remote-control)"
    return "this machine (--control-token or --allow-remote-control lets others in)"
