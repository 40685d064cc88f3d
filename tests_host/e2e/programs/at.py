"""AT commands, as somebody else's program might have left the module."""

import desk

nic = desk.found()
for command in desk.args["commands"]:
    nic.at(command)
