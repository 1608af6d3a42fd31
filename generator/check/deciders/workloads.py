"""What the workloads of the manifests may do and take: resources, images, probes, privileges, rights."""

from __future__ import annotations

from collections.abc import Iterator

from generator.check.answers import Said
from generator.check.deciders.by_rule import ByRule, Less
from generator.check.evidence import GUIDES, Declared, Manifests, Side
from generator.check.row import RELEASE, Row
from postrender.manifests.manifest import Manifest, Path
from postrender.manifests.resources import RESOURCES, ask
from postrender.manifests.workload import called
from postrender.policy_source import named
from profiles.quantities import parse, text
from profiles.scalardl import PRODUCTS, SERVING, Role

_RBAC = "rbac.authorization.k8s.io"
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_READ_ONLY = (*SERVING, "loader")


def _above_the_cap(declared: Declared) -> Less:
    """A cap of the profile that is above the licence's, or none; what asks more than the cap, it refuses."""
    cap = getattr(declared.domain.caps, declared.product)
    licence = named(GUIDES).caps[declared.product]
    allowed = f"{text(licence.cpu)} cpu and {text(licence.memory)}"
    path = ("caps", declared.product)
    if cap is None:
        cure = f"write cpu: {text(licence.cpu)}, memory: {text(licence.memory)} there"
        return path, f"no cap keeps a pod within the licence's {allowed}", cure
    for key in RESOURCES:
        if parse(getattr(cap, key)) > getattr(licence, key):
            most = text(getattr(licence, key))
            return (
                (*path, key),
                f"the cap of a pod is {getattr(cap, key)} {key}, and the licence allows {most}",
                f"write {key}: {most} or less",
            )
    return None


_CAPS = ByRule("licence-pod-cap", "resource-caps", PRODUCTS, _above_the_cap, rendered=True)


def _licence_pod_cap(side: Side) -> Iterator[Said]:
    yield from _CAPS(side)
    if side.manifests:
        yield from _unlimited(side.manifests)


def _unlimited(manifests: Manifests) -> Iterator[Said]:
    """Products' containers without a limit, so that nothing keeps their pods within the licence.

    Of one that asks for more than that already, the rule tells.
    """
    above = [
        (one.manifest, one.path)
        for one in manifests.findings
        if one.rule == _CAPS.rule and _CAPS.requirement in one.requirements
    ]
    for workload in manifests.workloads(*PRODUCTS):
        cap = manifests.judged_by.caps[workload.role]
        allowed = f"{text(cap.cpu)} cpu and {text(cap.memory)}"
        for path, container in workload.containers():
            missing = [name for name in RESOURCES if ask(workload.manifest, path, name).limit is None]
            if missing and (workload.manifest, (*path, "resources")) not in above:
                yield manifests.wrong(
                    "licence-pod-cap",
                    workload.manifest,
                    (*path, "resources"),
                    f"{called(path, container)} has no limit of {' and '.join(missing)}, so nothing keeps a "
                    f"pod within the licence's {allowed}",
                    "write limits that stay within it",
                    "resource-caps",
                )


def _moving_images(declared: Declared) -> Less:
    """A version that names no fixed image; where the rule enforces, the profile refuses it."""
    for role in (declared.product, "envoy", "loader"):
        version = getattr(declared.domain.images, role).version or ""
        tag, _, digest = version.lower().partition("@")
        if not digest and ("snapshot" in tag or "latest" in tag.split("-")):
            return (
                ("images", role, "version"),
                f"{version} names no fixed image; it may be another one tomorrow",
                "write a released version, or put @sha256:DIGEST behind it",
            )
    return None


def _writable_roots(declared: Declared) -> Less:
    product = declared.product
    lacking = [role for role in (product, "envoy", "loader") if role not in declared.domain.read_only_root]
    if not lacking:
        return None
    tried = ", once you have seen that Envoy starts so" if "envoy" in lacking else ""
    return (
        ("readOnlyRoot",),
        f"readOnlyRoot leaves out {', '.join(lacking)}, whose root file system stays writable",
        f"write readOnlyRoot: [{', '.join(_READ_ONLY)}]{tried}",
    )


_SECURITY = ByRule("container-security", "pod-security", less=_writable_roots)


def _container_security(side: Side) -> Iterator[Said]:
    """The rule's findings; Envoy's read-only root, which no built-in profile adds, with how to have it."""
    roles: dict[str, list[Role]] = {}
    for one in side.manifests.workloads() if side.manifests else ():
        roles.setdefault(one.manifest.title, []).append(one.role)
    for said in _SECURITY(side):
        finding, manifests = said.finding, side.manifests
        if finding and manifests and "readOnlyRootFilesystem" in finding.cure:
            own = roles.get(finding.spot.object, ())
            lacking = [role for role in own if role not in manifests.policy.read_only_root]
            if lacking:
                cure = (
                    f"{finding.cure}: try first that {lacking[0]} starts so, then name it in readOnlyRoot of "
                    "the profile, and scalardl-harden writes it"
                )
                said = said._replace(finding=finding._replace(cure=cure))
        yield said


_TOKENS = ByRule("least-privilege", "pod-security")


def _least_privilege(side: Side) -> Iterator[Said]:
    yield from _TOKENS(side)
    if side.manifests:
        yield from _rights(side.manifests)


def _rights(manifests: Manifests) -> Iterator[Said]:
    """Rights without bounds of the accounts of ScalarDL's namespaces; of a chart also those of no account."""
    homes = {one.manifest.namespace for one in manifests.workloads() if one.role != "other"}
    bindings = [one for one in manifests.release.of_kind(*_BINDINGS) if one.group == _RBAC]
    ours = [one for one in bindings if _concerns(one, homes)]
    given = {(one.text("roleRef", "kind"), one.text("roleRef", "name")) for one in ours}
    for binding in ours:
        if binding.text("roleRef", "name") == "cluster-admin":
            yield manifests.wrong(
                "least-privilege",
                binding,
                ("roleRef",),
                "it gives every right on everything (cluster-admin)",
                "bind a Role that allows only what its pods do",
            )
    of_others = {(one.text("roleRef", "kind"), one.text("roleRef", "name")) for one in bindings}
    for role in manifests.release.of_kind("Role", "ClusterRole"):
        named_role = (role.kind, role.name)
        here = role.namespace in homes if role.kind == "Role" else not manifests.live
        # Of cluster-admin the binding is told.
        ours_too = named_role in given or (here and named_role not in of_others)
        if role.group == _RBAC and ours_too and role.name != "cluster-admin":
            yield from _unbounded(manifests, role)


def _concerns(binding: Manifest, homes: set[str | None]) -> bool:
    """Whether a binding gives rights in these namespaces, or to accounts of them."""
    if binding.kind == "RoleBinding" and binding.namespace in homes:
        return True
    return any(
        subject.get("kind") == "ServiceAccount" and subject.get("namespace", binding.namespace) in homes
        for subject in binding.maps("subjects")
    )


def _unbounded(manifests: Manifests, role: Manifest) -> Iterator[Said]:
    for index, _ in enumerate(role.maps("rules")):
        base: Path = ("rules", str(index))
        stars = [key for key in ("verbs", "resources", "apiGroups") if "*" in role.list(*base, key)]
        if stars:
            yield manifests.wrong(
                "least-privilege",
                role,
                (*base, stars[0]),
                f"rule {index + 1} has * for {' and '.join(stars)}, which is any of them",
                "name those that its pods need",
            )


ROWS: dict[str, Row] = {
    "licence-pod-cap": Row(RELEASE, _licence_pod_cap),
    "requests-and-limits": Row(RELEASE, ByRule("requests-and-limits", "resource-caps", rendered=True)),
    "health-checks": Row(RELEASE, ByRule("health-checks", "health-checks", SERVING)),
    "image-tags": Row(RELEASE, ByRule("image-tags", "image-pinning", less=_moving_images, rendered=True)),
    "container-security": Row(RELEASE, _container_security),
    "least-privilege": Row(RELEASE, _least_privilege),
}
