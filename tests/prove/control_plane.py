"""A Kubernetes control plane on the loopback interface, without any container: etcd, the API server,
the scheduler, the controller manager, and kwok, who plays the nodes.

All of it lives in a temporary folder and ends with the block that started it; where the test run itself
is killed, the kernel kills the parts.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.prove import certificates
from tests.prove.api import Api

STAGES = Path(__file__).parent / "stages.yaml"
# What each container writes, the schema loader's too; in the file as a container runtime has it.
CONTAINER_LOG = "all tables exist"
_LOG_LINE = f"2026-01-01T00:00:00Z stdout F {CONTAINER_LOG}\n"
# How long a server may need until it answers, and how long to end.
STARTS, ENDS = 60, 10
# How long kubectl may take at most; a drain of ours ends by itself before.
_KUBECTL = 300
_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Programs(NamedTuple):
    """Where they are. `kubernetes` is tests/prove/kubernetes, in its version."""

    version: str
    kubernetes: Path
    etcd: Path
    kwok: Path


class _Part(NamedTuple):
    name: str
    process: subprocess.Popen[bytes]
    log: Path


class ControlPlane(NamedTuple):
    """One that runs. `kubeconfig`: a file for the administrator; `folder`: where it and its parts live."""

    version: str
    api: Api
    kubeconfig: Path
    folder: Path
    programs: Programs
    parts: list[_Part]

    def last_words(self) -> str:
        """What each part said last."""
        return "\n".join(f"{part.name}:\n{_tail(part)}" for part in self.parts)

    def kubectl(self, *arguments: str | Path, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs kubectl of the same version, with that text on its stdin."""
        command = [str(self.programs.kubernetes), "kubectl", *map(str, arguments)]
        return subprocess.run(
            command,
            input=text,
            env=os.environ | {"KUBECONFIG": str(self.kubeconfig), "HOME": str(self.folder)},
            timeout=_KUBECTL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


@contextmanager
def running(programs: Programs) -> Iterator[ControlPlane]:
    """A control plane while the block runs. Raises AssertionError where a part does not come up."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scalardl-prove-")))
        certificates.write(folder)
        etcd, peers, secure, scheduler, controllers, kubelets = _free_ports(6)
        (folder / "container.log").write_text(_LOG_LINE)

        parts: list[_Part] = []

        def start(name: str, *command: str | Path) -> None:
            parts.append(_started(name, folder, [str(word) for word in command]))
            stack.callback(_ended, parts[-1])

        keys = (f"--cert-file={folder}/server.crt", f"--key-file={folder}/server.key")
        start(
            "etcd",
            programs.etcd,
            f"--data-dir={folder}/etcd",
            # Nothing has to outlive a crash.
            "--unsafe-no-fsync",
            f"--listen-client-urls=https://127.0.0.1:{etcd}",
            f"--advertise-client-urls=https://127.0.0.1:{etcd}",
            f"--listen-peer-urls=http://127.0.0.1:{peers}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peers}",
            f"--initial-cluster=default=http://127.0.0.1:{peers}",
            "--client-cert-auth",
            f"--trusted-ca-file={folder}/ca.crt",
            *keys,
        )
        start(
            "apiserver",
            programs.kubernetes,
            "apiserver",
            f"--etcd-servers=https://127.0.0.1:{etcd}",
            f"--etcd-cafile={folder}/ca.crt",
            f"--etcd-certfile={folder}/admin.crt",
            f"--etcd-keyfile={folder}/admin.key",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            # The reconciler of endpoints refuses loopback addresses.
            "--endpoint-reconciler-type=none",
            f"--secure-port={secure}",
            f"--tls-cert-file={folder}/server.crt",
            f"--tls-private-key-file={folder}/server.key",
            f"--client-ca-file={folder}/ca.crt",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={folder}/service-accounts.key",
            f"--service-account-signing-key-file={folder}/service-accounts.key",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--allow-privileged=true",
            # A pod stays five minutes on a node that is not ready; here that is five seconds.
            "--default-not-ready-toleration-seconds=5",
            "--default-unreachable-toleration-seconds=5",
        )
        api = Api(secure, folder, lambda: _well(parts))
        stack.callback(api.close)
        _wait_for(api, parts)
        for client in certificates.CLIENTS:
            _write_kubeconfig(folder, client, secure)
        own = ("--leader-elect=false", "--bind-address=127.0.0.1")
        start(
            "scheduler",
            programs.kubernetes,
            "scheduler",
            f"--config={_scheduler_configuration(folder)}",
            f"--secure-port={scheduler}",
            "--bind-address=127.0.0.1",
        )
        start(
            "controller-manager",
            programs.kubernetes,
            "controller-manager",
            f"--kubeconfig={folder}/controller-manager.kubeconfig",
            f"--secure-port={controllers}",
            f"--service-account-private-key-file={folder}/service-accounts.key",
            f"--root-ca-file={folder}/ca.crt",
            "--use-service-account-credentials=true",
            "--node-monitor-period=1s",
            # On a busy machine kwok's heartbeats are late; a node that is lost here says so itself.
            "--node-monitor-grace-period=30m",
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
            *own,
        )
        start(
            "kwok",
            programs.kwok,
            f"--kubeconfig={folder}/admin.kubeconfig",
            f"--config={STAGES}",
            "--manage-all-nodes=true",
            # With leases, a node that comes again under its name loses its lease to the garbage collector,
            # and kwok then leaves its pods alone until the next renewal.
            "--node-lease-duration-seconds=0",
            # Where kwok plays the kubelets, of which the API server asks for logs.
            f"--server-address=127.0.0.1:{kubelets}",
            "--node-ip=127.0.0.1",
            f"--node-port={kubelets}",
            f"--tls-cert-file={folder}/server.crt",
            f"--tls-private-key-file={folder}/server.key",
        )
        yield ControlPlane(programs.version, api, folder / "admin.kubeconfig", folder, programs, parts)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on: all are held at once while they are chosen."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]


def _started(name: str, folder: Path, command: list[str]) -> _Part:
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=folder,
            env={"PATH": os.defpath, "HOME": str(folder)},
            # Ctrl-C is for us alone: we end the parts in their order.
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGKILL),
        )
    return _Part(name, process, log)


def end_with_parent(number: signal.Signals) -> Callable[[], None]:
    """For a child to run before its program: it gets that signal where its parent ends, even if that was
    killed (Linux).
    """

    def ask() -> None:
        if _LIBC:
            _LIBC.prctl(_PDEATHSIG, number)

    return ask


def _ended(part: _Part) -> None:
    part.process.terminate()
    try:
        part.process.wait(ENDS)
    except subprocess.TimeoutExpired:
        part.process.kill()
        part.process.wait()


def _wait_for(api: Api, parts: list[_Part]) -> None:
    deadline = time.monotonic() + STARTS
    while answer := api.unready():
        _well(parts)
        if time.monotonic() > deadline:
            raise AssertionError(f"the API server is not ready after {STARTS} s: {answer}")
        with suppress(subprocess.TimeoutExpired):
            parts[-1].process.wait(0.1)


def _well(parts: list[_Part]) -> None:
    """Raises AssertionError where a part has ended."""
    for part in parts:
        code = part.process.poll()
        if code is not None:
            raise AssertionError(f"{part.name} has ended with {code}. Its last words:\n{_tail(part)}")


def _tail(part: _Part) -> str:
    return "".join(part.log.read_text(errors="replace").splitlines(keepends=True)[-8:])


def _write_kubeconfig(folder: Path, client: str, port: int) -> None:
    cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority": f"{folder}/ca.crt"}
    user = {"client-certificate": f"{folder}/{client}.crt", "client-key": f"{folder}/{client}.key"}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "prove", "cluster": cluster}],
        "users": [{"name": client, "user": user}],
        "contexts": [{"name": "prove", "context": {"cluster": "prove", "user": client}}],
        "current-context": "prove",
    }
    path = folder / f"{client}.kubeconfig"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(content))


def _scheduler_configuration(folder: Path) -> Path:
    content = {
        "apiVersion": "kubescheduler.config.k8s.io/v1",
        "kind": "KubeSchedulerConfiguration",
        "clientConnection": {"kubeconfig": f"{folder}/scheduler.kubeconfig", "qps": 500, "burst": 1000},
        "leaderElection": {"leaderElect": False},
        # A pod that found no node is tried again after a second, not after ten.
        "podMaxBackoffSeconds": 1,
    }
    path = folder / "scheduler.yaml"
    path.write_text(yaml.safe_dump(content))
    return path
