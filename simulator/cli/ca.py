"""`mobilepay-sim ca ...`: the certificate that clients of `serve --tls` are to trust."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import NamingGroup, PathName, Printing, output_option
from .printing import echo
from .remote import write

if TYPE_CHECKING:
    from ..server.authority import Authority

_FOLDER = click.option(
    "--tls-dir",
    type=PathName(),
    envvar="MOBILEPAY_SIM_TLS_DIR",
    show_envvar=True,
    help="Folder where the CA is kept, as given to serve. [default: one of this user's]",
)


@click.group(cls=NamingGroup)
def ca() -> None:
    """Show the CA that clients must trust for HTTPS; it is created on first use."""


def _authority(folder: Path | None) -> "Authority":
    # Takes a while to import, and --help needs none of it.
    from ..server.authority import Unusable, open_authority

    try:
        return open_authority(folder)
    except Unusable as error:
        raise click.ClickException(str(error)) from error


@ca.command("path")
@_FOLDER
def path(tls_dir: Path | None) -> None:
    """Print where the CA's certificate is."""
    echo(str(_authority(tls_dir).path))


@ca.command("export", cls=Printing)
@_FOLDER
@output_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["pem", "der", "p12"]),
    default="pem",
    show_default=True,
    help="p12 is a trust store for Java, with its usual password, changeit.",
)
def export(tls_dir: Path | None, output: Path | None, form: str) -> None:
    """Print the CA's certificate, or write it to a file. Its key stays where it is."""
    write(_authority(tls_dir).export(form), output)
