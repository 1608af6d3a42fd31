"""Load balancers that show pods an address of their own in place of the client's.

Kubernetes has no field for it; on AWS the Service's annotations tell. A Network Load Balancer keeps
the address with instance targets, and with IP targets only where its target group says so; the
Classic Load Balancer, which the provider built into Kubernetes makes without a type, never does.
Sources: https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/nlb/,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html,
https://cloud-provider-aws.sigs.k8s.io/service_controller/
"""

from __future__ import annotations

from postrender.manifests.manifest import Manifest

AWS = "service.beta.kubernetes.io/aws-load-balancer-"
PRESERVE = "preserve_client_ip.enabled"
# Only the AWS Load Balancer Controller and EKS Auto Mode read these, and they make no classic ones.
_CONTROLLER = frozenset(("scheme", "nlb-target-type", "target-group-attributes"))


def replaces_address(service: Manifest) -> bool:
    """Whether the Service's load balancer replaces the client's address, whatever its traffic policy."""
    said, attributes = _said(service)
    return f"{PRESERVE}=false" in attributes or (_ip_targets(said) and f"{PRESERVE}=true" not in attributes)


def keeps_address(service: Manifest) -> bool:
    """Whether it does not, whatever the traffic policy: it calls the pods in the client's name."""
    said, attributes = _said(service)
    return _ip_targets(said) and f"{PRESERVE}=true" in attributes


def may_be_classic(service: Manifest) -> bool:
    """Whether it could be a Classic Load Balancer. Which one AWS makes of it, the manifest does not tell."""
    said, _ = _said(service)
    return (
        bool(said)
        and not said.get("type")
        and _CONTROLLER.isdisjoint(said)
        and not service.text("spec", "loadBalancerClass")
    )


def _said(service: Manifest) -> tuple[dict[str, str], list[str]]:
    """What its annotations say to AWS, and the attributes of the target group among it."""
    if service.text("spec", "type") != "LoadBalancer":
        return {}, []
    said = {
        name.removeprefix(AWS): value for name, value in service.annotations.items() if name.startswith(AWS)
    }
    return said, [one.strip() for one in said.get("target-group-attributes", "").lower().split(",")]


def _ip_targets(said: dict[str, str]) -> bool:
    return said.get("type") == "nlb-ip" or said.get("nlb-target-type") == "ip"
