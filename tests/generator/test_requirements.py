"""Every requirement that values or the declared deployment can meet has an effect in what is made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator.bundle import folder
from profiles.load import load
from profiles.models import DOMAINS

# The requirements of ScalarDL's guides that values meet, or that the declared topology decides.
REQUIREMENTS = re.findall(
    r"[a-z-]+",
    """
availability-nodes availability-pods spread-nodes spread-zones licence-pod-cap node-size node-capacity
hpa-node-capacity private-network private-access monitor-components collect-logs database-backup
separate-clusters separate-domains ledger-auditor-connection separate-applications
separate-application-domain client-reaches-both two-clusters kubernetes-version network-peering
network-ranges client-network-range cluster-autoscaler subnet-size restrict-connections provider-traffic
nat-gateway bastion bastion-https three-subnets supported-database dedicated-node-group node-label
node-taint node-taint-by-kubectl instance-type registry-access database-properties
proof-and-auditor-enabled ledger-keys-secret proof-always replicas-equal-nodes schema-type chart-versions
control-plane-monitoring cloudwatch image-tags requests-and-limits metrics-server size-tiers
service-monitor prometheus-rules alert-thresholds dashboards telemetry-retention secret-store tls
container-security least-privilege in-cluster-traffic connection-pools own-namespace control-plane-apart
observability-stack standby-cluster etcd-backup velero node-groups-by-workload gitops
""",
)

EVERYTHING = """\
extends: multi-az
size: medium
nodePool: {nodes: 6, maxNodes: 9}
autoscaling: {maxReplicas: {product: 6, envoy: 6}}
externalSecrets: {store: company-store}
monitoring: {stack: {}}
backup: {standbyCluster: true}
clients: [{name: payments, administrativeDomain: payments-team, networks: [10.20.0.0/16]}]
ledger:
  cluster:
    provider: eks
    region: ap-northeast-1
    network: 10.40.0.0/16
    bastion: 10.40.255.0/28
    subnets:
      - {zone: ap-northeast-1a, network: 10.40.0.0/24}
      - {zone: ap-northeast-1c, network: 10.40.1.0/24}
      - {zone: ap-northeast-1d, network: 10.40.2.0/24}
    otherPools: [{name: system, purpose: system, nodes: 2, nodeSize: {cpu: "2", memory: 8Gi}}]
    addOns: {clusterAutoscaler: true, externalSecrets: true, gitops: true, policies: kyverno}
auditor:
  cluster:
    provider: none
    controlPlaneNodes: 3
    network: 10.50.0.0/16
    addOns: {clusterAutoscaler: true, externalSecrets: true, logs: loki}
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> str:
    file: Path = tmp_path_factory.mktemp("everything") / "ours.yaml"
    file.write_text(EVERYTHING, encoding="utf-8")
    resolved = load(str(file))
    return "\n".join(text for product in DOMAINS for text in folder.files(resolved, product).values())


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_requirement_is_named_where_it_is_served(requirement: str, made: str) -> None:
    assert re.search(rf"\[[a-z0-9, \n#-]*\b{re.escape(requirement)}\b[a-z0-9, \n#-]*\]", made)
