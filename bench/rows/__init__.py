"""The rows of the table, one module a measure, in the order in which they run.

A module has `TITLE`; `MINUTES`, roughly, on two cores; `FULL` and `QUICK`, its sizes; `stations`,
how many of them a size needs; and `run(stage, size)`, which yields the lines of the table.
"""

from bench.rows import load, meter_values, mix

ROWS = {"mix": mix, "meter_values": meter_values, "load": load}
