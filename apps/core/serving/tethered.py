"""Run a command that ends with its parent: `python -m apps.core.serving.tethered PARENT_PID ...`.

Without this a killed `serve` would leave its chargers behind, and the next start a second fleet.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(parent_pid: int, command: list[str]) -> None:
    """Ask Linux for SIGTERM at the parent's end, and become the command. Returns if it is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == parent_pid:
        os.execv(command[0], command)  # noqa: S606 the command is our own


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
