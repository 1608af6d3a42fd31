"""Run a command and say what it took: `launch.py STDIN STDERR COMMAND...` prints the seconds by the clock,
those of the processor, and the largest size in MiB. Exits with the command's code.

A process of its own, and a small one: a child starts with the memory of who starts it, and that counts.
"""

import os
import sys
import time


def main(stdin: str, stderr: str, command: list[str]) -> int:
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
    ]
    begun = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - begun
    unit = 2**20 if sys.platform == "darwin" else 2**10  # ru_maxrss is in bytes there, elsewhere in KiB
    print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / unit)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
