"""Groups of commands that name the nearest where a command is not theirs."""

import click

from ..settings.documents import nearest


class NamingGroup(click.Group):
    """A group that answers an unknown command with those there are, or the nearest."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Returns the command that is named, with the arguments behind it."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            ctx.fail(f"No such command {name!r}; {nearest(name, self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)
