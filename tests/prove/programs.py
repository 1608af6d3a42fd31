"""What a control plane is made of, and where tests/prove/build puts it, under the cache."""

from __future__ import annotations

from tests.conftest import CACHE, HELM3, HELM4

VERSIONS = NEWEST, OLDER = "1.37.2", "1.32.13"
ETCD = CACHE / "etcd/3.7.3/etcd"
KWOK = CACHE / "kwok/0.8.0/kwok"
# By title.
PROGRAMS = {
    **{f"Kubernetes {version}": CACHE / f"kubernetes/{version}/kubernetes" for version in VERSIONS},
    "etcd 3.7.3": ETCD,
    "kwok 0.8.0": KWOK,
    "Helm 3.21.4": CACHE / HELM3,
    "Helm 4.2.4": CACHE / HELM4,
}
