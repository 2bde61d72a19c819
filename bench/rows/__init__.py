"""The rows of the table, one module a measure, in the order in which they run.

A module has `TITLE`; `MINUTES`, roughly, on two cores; `FULL` and `QUICK`, its sizes; `stations`,
how many of them a size needs for itself; `crowd`, how many it shares with other rows, given the
number of tenants; and `run(stage, size)`, which yields the lines of the table.
"""

from bench.rows import (
    calibration,
    command,
    dashboard,
    exports,
    fuzz,
    kill,
    load,
    memory,
    meter_values,
    mix,
    race,
    records,
    soak,
    storm,
)

ROWS = {
    "mix": mix,
    "meter_values": meter_values,
    "load": load,
    "command": command,
    "memory": memory,
    "storm": storm,
    "race": race,
    "kill": kill,
    "fuzz": fuzz,
    "records": records,
    "dashboard": dashboard,
    "exports": exports,
    "calibration": calibration,
    "soak": soak,
}
