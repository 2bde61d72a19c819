"""The one table of commands a simulated charger knows."""

from apps.ocpp.simulator import (
    access_commands,
    core_commands,
    maintenance_commands,
    power_commands,
    security_commands,
)
from apps.ocpp.simulator.replies import Handler

HANDLERS: dict[str, Handler] = {
    **core_commands.HANDLERS,
    **maintenance_commands.HANDLERS,
    **access_commands.HANDLERS,
    **power_commands.HANDLERS,
    **security_commands.HANDLERS,
}
