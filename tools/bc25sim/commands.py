"""Every command there is, by name."""

from . import at_basic, at_services, at_sockets
from .reply import Command

COMMANDS: dict[str, Command] = {
    command.name: command
    for command in (*at_basic.TABLE, *at_sockets.TABLE, *at_services.TABLE)
}
