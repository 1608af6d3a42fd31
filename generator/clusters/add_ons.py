"""The add-ons that every provider has installed alike, and the backups of the cluster itself."""

from __future__ import annotations

from collections.abc import Iterator

from generator.clusters.charts import (
    ARGO_CD,
    CERT_MANAGER,
    EXTERNAL_SECRETS,
    GATEKEEPER,
    KYVERNO,
    KYVERNO_POLICIES,
    install,
    shown,
)
from generator.clusters.site import Site
from generator.clusters.steps import Step, line, missing, why

# Velero 1.17 goes with plugins 1.13: https://github.com/vmware-tanzu/velero-plugin-for-aws#compatibility
_VELERO = "v1.17.2"
_VELERO_PLUGINS = {
    "eks": ("aws", "velero/velero-plugin-for-aws:v1.13.2"),
    "aks": ("azure", "velero/velero-plugin-for-microsoft-azure:v1.13.2"),
    "gke": ("gcp", "velero/velero-plugin-for-gcp:v1.13.2"),
    # Anything that speaks the protocol of S3.
    "none": ("aws", "velero/velero-plugin-for-aws:v1.13.2"),
}


def steps(site: Site) -> Iterator[Step]:
    """cert-manager, External Secrets, policies, Argo CD: those that are declared."""
    add_ons = site.cluster.add_ons
    if add_ons.cert_manager:
        yield Step(
            "Install cert-manager",
            why(*_certificates(site)),
            (install(CERT_MANAGER, "--set", "crds.enabled=true"),),
            (shown(CERT_MANAGER),),
        )
    if add_ons.external_secrets:
        yield Step(
            "Install External Secrets",
            why("it fetches Secrets from an encrypted store", "secret-store", "no-plain-secrets"),
            (install(EXTERNAL_SECRETS),),
            (shown(EXTERNAL_SECRETS),),
        )
    if policies := _policies(site):
        yield policies
    if add_ons.gitops:
        yield Step(
            "Install Argo CD",
            why("it deploys what git says and shows what differs", "gitops"),
            (install(ARGO_CD),),
            (shown(ARGO_CD),),
        )


def backups(site: Site) -> Iterator[Step]:
    """Velero, etcd, the standby cluster: those that are declared."""
    backup, provider = site.domain.backup, site.cluster.provider
    if backup.cluster:
        yield _velero(site)
    if backup.etcd and provider == "none":
        yield Step(
            "Back etcd up and restore the backup once",
            why(
                "run the first on a node of the control plane, by a timer, and keep the file elsewhere; "
                "a backup counts when its restore has been tried",
                "etcd-backup",
            ),
            (
                line("etcdctl", *_ETCD, "snapshot", "save", "/var/backups/etcd.db"),
                line(
                    *("etcdutl", "snapshot", "restore", "/var/backups/etcd.db"),
                    *("--data-dir", "/var/lib/etcd-restored"),
                ),
            ),
            (line("etcdutl", "snapshot", "status", "/var/backups/etcd.db", "--write-out", "table"),),
        )
    if backup.standby_cluster:
        yield Step(
            "Keep a standby cluster ready",
            why(
                "write a profile that extends this one with another cluster.name, network and address, make "
                "its bundle, and go through the same steps",
                "standby-cluster",
            ),
            (
                line(
                    *("scalardl-gen", "profile", missing("profile-of-the-standby")),
                    *("--for", site.product, "-o", f"{site.name}-standby"),
                ),
            ),
            (line("kubectl", "--context", missing("context-of-the-standby"), "get", "nodes"),),
        )


_ETCD = (
    "--endpoints=https://127.0.0.1:2379",
    "--cacert=/etc/kubernetes/pki/etcd/ca.crt",
    "--cert=/etc/kubernetes/pki/etcd/server.crt",
    "--key=/etc/kubernetes/pki/etcd/server.key",
)


def _certificates(site: Site) -> tuple[str, str]:
    if site.domain.tls.mode in ("none", "secrets"):
        return "it makes certificates for what else runs here; those of ScalarDL are not its business", "tls"
    return "it makes the certificates of ScalarDL and Envoy and renews them", "tls"


def _policies(site: Site) -> Step | None:
    engine = site.cluster.add_ons.policies
    if engine == "kyverno":
        return Step(
            "Install Kyverno and the pod security policies",
            why("they report what breaks the standards, all over the cluster", "admission-policies"),
            (
                install(KYVERNO, "--set", "admissionController.replicas=3"),
                install(KYVERNO_POLICIES, "--set", "podSecurityStandard=restricted"),
            ),
            (
                shown(KYVERNO),
                line("kubectl", "get", "policyreports", "--namespace", site.domain.namespace),
            ),
        )
    if engine == "gatekeeper":
        return Step(
            "Install Gatekeeper",
            why("it refuses what breaks your constraints; they are yours to add", "admission-policies"),
            (install(GATEKEEPER),),
            (shown(GATEKEEPER), line("kubectl", "get", "constrainttemplates")),
        )
    # pod-security: the labels of the namespace, which the bundle's namespace.yaml has.
    return None


def _velero(site: Site) -> Step:
    plugin, image = _VELERO_PLUGINS[site.cluster.provider]
    group, storage = missing("backup-resource-group"), missing("storage-account")
    account = f"resourceGroup={group},storageAccount={storage}"
    options = {
        "eks": (
            *("--backup-location-config", f"region={site.region}"),
            *("--snapshot-location-config", f"region={site.region}"),
        ),
        "aks": ("--backup-location-config", f"useAAD=true,{account}"),
        "gke": (),
        "none": (
            *("--use-volume-snapshots=false", "--backup-location-config"),
            f"region={site.region},s3ForcePathStyle=true,s3Url={missing('s3-url')}",
        ),
    }[site.cluster.provider]
    return Step(
        "Back the cluster's objects up with Velero",
        why("a bucket outside of the cluster holds them; try a restore, too", "velero"),
        (
            line(
                *("velero", "install", "--provider", plugin),
                *("--image", f"velero/velero:{_VELERO}", "--plugins", image),
                *("--bucket", missing("backup-bucket"), "--secret-file", missing("credentials-file")),
                *(*options, "--wait"),
            ),
            line("velero", "schedule", "create", "daily", "--schedule", "0 3 * * *", "--ttl", "720h"),
        ),
        (line("velero", "backup-location", "get"), line("velero", "schedule", "get")),
    )
