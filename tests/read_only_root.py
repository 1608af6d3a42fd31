"""Runs a command as the image does: as user 999, the root read-only, only /tmp writable, no network, no home.

With Linux' namespaces, and so as root on Linux only; elsewhere the tests that need it are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

# Python, its packages, what is tested and Helm may lie where user 999 may not look: they appear under /srv.
_SETUP = """\
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /srv
for name in python packages ours tools; do
    mkdir /srv/$name
    mount --bind "$1" /srv/$name
    shift
done
for point in $(awk '{print $5}' /proc/self/mountinfo | sort -r); do
    case $point in
        /proc | /proc/* | /sys | /sys/* | /dev | /dev/*) ;;
        *) mount -o remount,bind,ro "$point" ;;
    esac
done
mount -t tmpfs tmpfs /tmp
cd /tmp
exec setpriv --reuid=999 --regid=999 --clear-groups --no-new-privs env -i "$@"
"""


def possible() -> bool:
    """Whether this machine lets us; root in a container often may not mount."""
    if (
        sys.platform != "linux"
        or os.geteuid() != 0
        or not (shutil.which("unshare") and shutil.which("setpriv"))
    ):
        return False
    probe = ["unshare", "--mount", "--net", "--pid", "--fork", "mount", "--make-rprivate", "/"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def run(
    site: Path, code: str, *arguments: str, tools: Path, stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Python runs the code, with the packages in `site` before all others and `tools` on PATH."""
    if not possible():
        pytest.skip(
            "not covered: user 999 on a read-only root (needs root on Linux, with the right to mount)"
        )
    folders = (sys.base_prefix, sysconfig.get_path("platlib"), str(site), str(tools))
    environment = {"PATH": "/srv/tools:/usr/bin:/bin", "PYTHONPATH": "/srv/ours:/srv/packages"} | variables
    python = f"/srv/python/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    return subprocess.run(
        [
            *("unshare", "--mount", "--net", "--pid", "--fork", "sh", "-c", _SETUP, "sh", *folders),
            *(f"{name}={value}" for name, value in environment.items()),
            *(python, "-c", code, *arguments),
        ],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
