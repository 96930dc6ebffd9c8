"""Peak resident memory of a process, in MB; as a script, that of the command that it is given.

    python tests/benchmarks/peak_memory.py COMMAND ...

Linux starts a new program's `ru_maxrss` at the peak of the process that started it. So a process is asked for its own
`VmHWM`, and a command is started from here, where the peak is that of a bare Python.
"""

import os
import subprocess
import sys
from pathlib import Path


def own() -> float:
    """That of this process, without the one that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1000


def main() -> None:
    with subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    print(usage.ru_maxrss / 1000)
    sys.exit(process.returncode)


if __name__ == "__main__":
    main()
