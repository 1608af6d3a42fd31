"""A Kubernetes API server that knows its kinds and holds no object, for Helm's client dry runs.

`helm install --dry-run=client` of Helm 3 asks the server for its version and kinds, and whether the
release and its objects exist already. It listens on the loopback interface and answers only to GET.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

# Group and version -> kinds; the stand-in charts and the rules need no others.
KINDS = {
    "v1": ["ConfigMap", "Secret", "Service", "ServiceAccount", "Pod"],
    "apps/v1": ["Deployment"],
    "autoscaling/v2": ["HorizontalPodAutoscaler"],
    "batch/v1": ["Job", "CronJob"],
    "networking.k8s.io/v1": ["NetworkPolicy"],
    "policy/v1": ["PodDisruptionBudget"],
    "apiextensions.k8s.io/v1": ["CustomResourceDefinition"],
}
PLURALS = {"NetworkPolicy": "networkpolicies"}


@contextmanager
def api_server() -> Iterator[str]:
    """Serve while the block runs; yields the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(path: str) -> tuple[int, dict[str, Any]]:
    """Status and content for a GET of the path."""
    if path == "/version":
        return 200, {"major": "1", "minor": "30", "gitVersion": "v1.30.0"}
    if path == "/api":
        return 200, {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        groups = [_group(version) for version in KINDS if version != "v1"]
        return 200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    version = path.removeprefix("/apis/").removeprefix("/api/")
    if version in KINDS:
        resources = [_resource(kind) for kind in KINDS[version]]
        return 200, {"kind": "APIResourceList", "groupVersion": version, "resources": resources}
    if path.endswith("/secrets"):
        return 200, {"kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": []}
    return 404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}


def _group(version: str) -> dict[str, Any]:
    entry = {"groupVersion": version, "version": version.split("/")[1]}
    return {"name": version.split("/")[0], "versions": [entry], "preferredVersion": entry}


def _resource(kind: str) -> dict[str, Any]:
    name = PLURALS.get(kind, f"{kind.lower()}s")
    namespaced = kind != "CustomResourceDefinition"
    return {
        "name": name,
        "singularName": "",
        "namespaced": namespaced,
        "kind": kind,
        "verbs": ["get", "list"],
    }


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, content = answer(self.path.split("?")[0])
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name for it
        """Say nothing."""
