"""The release: every object of the stream that hardening can concern, with its workloads.

Documents of other kinds stay text: they are neither parsed nor written anew.
"""

from __future__ import annotations

from postrender.errors import UnreadableError, UsageError
from postrender.manifests import nodes, selectors, stream, workload
from postrender.manifests.edit import edited
from postrender.manifests.emit import block
from postrender.manifests.manifest import Manifest, Object, Parsed
from postrender.manifests.nodes import Tree
from postrender.manifests.stream import Document
from postrender.manifests.style import Style
from postrender.manifests.workload import Workload
from postrender.printable import one_line

POLICY_LABEL = ("app.kubernetes.io/component", "hardening-policy")
POLICY_KEY = "policy.json"

# Kinds that are parsed whatever they say; ConfigMaps and Secrets only with a word of interest.
_KINDS = frozenset(
    ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "Service",
     "PodDisruptionBudget", "NetworkPolicy", "HorizontalPodAutoscaler")
)  # fmt: skip
_WORDS = {"ConfigMap": ("properties", POLICY_LABEL[1]), "Secret": ("db-username", "db-password")}
_LARGEST = 2**21
# Kinds of documents in which a policy may travel: a KRM function gets a ResourceList; None is not sure yet.
_OF_POLICIES = ("ConfigMap", "List", "ConfigMapList", "ResourceList", None)
# The API groups of the kinds that rules ask for: a Service of another group is another thing.
_GROUPS = {
    "Service": "",
    "ConfigMap": "",
    "Secret": "",
    "PodDisruptionBudget": "policy",
    "NetworkPolicy": "networking.k8s.io",
    "HorizontalPodAutoscaler": "autoscaling",
}


class Release:
    """The objects of one stream. `documents` are all of them, parsed or not."""

    def __init__(self, documents: list[Document], manifests: list[Manifest], newline: str) -> None:
        self.documents = documents
        self.manifests = manifests
        self.newline = newline
        self._by_kind: dict[str, list[Manifest]] = {}
        self._autoscalers: dict[tuple[str, str], list[Manifest]] = {}
        self._by_name: dict[tuple[str, str, str | None], Manifest] = {}
        found = [workload.workload_of(manifest) for manifest in manifests]
        self.workloads = [made for made in found if made]
        # An object that states no namespace stands where the release is installed: beside its components.
        stated = {made.manifest.stated_namespace for made in self.workloads if made.role != "other"} - {None}
        self._home = stated.pop() if len(stated) == 1 else None
        for manifest in manifests:
            self._index(manifest)

    def _index(self, manifest: Manifest) -> None:
        manifest.home = self._home
        if manifest.group != _GROUPS.get(manifest.kind, manifest.group):
            return
        self._by_kind.setdefault(manifest.kind, []).append(manifest)
        self._by_name.setdefault((manifest.kind, manifest.name, manifest.namespace), manifest)
        if manifest.kind == "HorizontalPodAutoscaler":
            aim = (
                manifest.text("spec", "scaleTargetRef", "kind"),
                manifest.text("spec", "scaleTargetRef", "name"),
            )
            self._autoscalers.setdefault(aim, []).append(manifest)

    def of_kind(self, *kinds: str) -> list[Manifest]:
        """The objects of these kinds, hooks and added ones included."""
        return [manifest for kind in kinds for manifest in self._by_kind.get(kind, ())]

    def named(self, kind: str, name: str, namespace: str | None) -> Manifest | None:
        """The object of that kind, name and stated namespace."""
        return self._by_name.get((kind, name, namespace))

    def selected(self, kind: str, target: Workload) -> list[Manifest]:
        """The objects of `kind` in the workload's namespace whose spec.selector picks its pods.

        For PodDisruptionBudgets; NetworkPolicies use podSelector, Services a plain map.
        """
        return [
            manifest
            for manifest in self.of_kind(kind)
            if manifest.namespace == target.manifest.namespace
            and selectors.matches(manifest.map("spec", "selector"), target.pod_labels)
        ]

    def autoscaler(self, target: Workload) -> Manifest | None:
        """The HorizontalPodAutoscaler that owns the workload's replicas."""
        for manifest in self._autoscalers.get((target.manifest.kind, target.manifest.name), ()):
            if manifest.namespace == target.manifest.namespace:
                return manifest
        return None

    def replicas(self, target: Workload) -> tuple[int, int]:
        """The fewest and the most pods that the workload has, by its own count or its autoscaler's."""
        autoscaler = self.autoscaler(target)
        if autoscaler is None:
            return target.replicas, target.replicas
        fewest = autoscaler.number("spec", "minReplicas")
        return 1 if fewest is None else fewest, autoscaler.number("spec", "maxReplicas") or 1

    def add(self, rule: str, data: Object) -> Manifest:
        """Take a new object, made by `rule`, into the release."""
        parsed = Parsed(Document(0, 0, ""), Tree(None, None, False, []))
        parsed.data = data
        manifest = Manifest(parsed, (), rule)
        self.manifests.append(manifest)
        self._index(manifest)
        return manifest

    def text(self) -> str:
        """The stream as it is now: untouched documents byte for byte, new objects before the workloads."""
        changed = {m.parsed.document.number: m for m in self.manifests if m.parsed.touched and not m.added_by}
        first = min((w.manifest.parsed.document.number for w in self.workloads), default=1)
        added = [self._document(manifest) for manifest in self.manifests if manifest.added_by]
        parts: list[str] = []
        for document in self.documents:
            text = document.text
            if document.number in changed:
                manifest = changed[document.number]
                parsed = manifest.parsed
                text = edited(text, parsed.tree, parsed.data, manifest.where, parsed.touched)
            if document.number == first and added:
                parts += added
                if not document.opens:
                    parts.append("---" + self.newline)
            parts.append(text)
        return "".join(parts)

    def _document(self, manifest: Manifest) -> str:
        source = f"# Source: scalardl-harden/{manifest.added_by}/{one_line(manifest.name)}.yaml"
        body = block(manifest.data, 0, Style(newline=self.newline))
        return self.newline.join(("---", source, body, ""))


def load(text: str, also: frozenset[str] = frozenset(), everything: bool = False) -> Release:
    """The release in `text`. `also`: further kinds to parse; `everything`: parse every kind.

    Raises UnreadableError where a document that concerns us is not a Kubernetes object.
    """
    documents = stream.split(text)
    manifests: list[Manifest] = []
    for document in documents:
        kind = document.kind
        if kind is None:
            if document.blank:
                continue
        elif not (everything or kind in _KINDS or kind in also or kind.endswith("List")):
            # Kubernetes takes none of more than 1 MiB.
            words = _WORDS.get(kind, ()) if len(document.text) < _LARGEST else ()
            if not any(word in document.text for word in words):
                continue
        manifests += _objects(document)
    newline = "\r\n" if "\r\n" in text[:4096] else "\n"
    return Release(documents, manifests, newline)


def policy_in(text: str) -> tuple[str, str] | None:
    """The compiled policy that travels in the stream, and the name of its ConfigMap; None without one."""
    if POLICY_LABEL[1] not in text:
        return None
    found: dict[str, str] = {}
    for document in stream.split(text):
        if POLICY_LABEL[1] in document.text and document.kind in _OF_POLICIES:
            for manifest in _objects(document):
                if manifest.kind == "ConfigMap" and manifest.labels.get(POLICY_LABEL[0]) == POLICY_LABEL[1]:
                    content = manifest.text("data", POLICY_KEY)
                    if not content:
                        raise UnreadableError(
                            f"{manifest.where}: a hardening policy without data.{POLICY_KEY}"
                        )
                    found.setdefault(content, f"ConfigMap {manifest.name}")
    if len(found) > 1:
        names = " and ".join(found.values())
        raise UsageError(
            f"the stream holds policies that differ ({names}); keep one, or choose with --profile"
        )
    return next(iter(found.items()), None)


def _objects(document: Document) -> list[Manifest]:
    where = f"document {document.number}"
    if document.source:
        where += f" ({document.source})"
    tree = nodes.compose(document.text, where, document.line)
    data = tree.data
    if data is None:
        return []
    problem = ""
    if not isinstance(data, dict):
        problem = "not a Kubernetes object, which is a map with apiVersion and kind"
    elif not isinstance(data.get("kind"), str) or not isinstance(data.get("apiVersion"), str):
        problem = "no Kubernetes object: it has no apiVersion and kind as text"
    if problem:
        line = document.line + document.text.count("\n", 0, tree.root.start if tree.root else 0)
        raise UnreadableError(f"{where}, line {line}: {problem}")
    parsed = Parsed(document, tree)
    whole = Manifest(parsed)
    items = data.get("items")
    if (
        not whole.kind.endswith("List")
        or not isinstance(items, list)
        or not all(isinstance(i, dict) for i in items)
    ):
        return [whole]
    # In a DeploymentList the items need not say that they are Deployments.
    implied = None if whole.kind == "List" else (whole.api_version, whole.kind.removesuffix("List"))
    return [Manifest(parsed, ("items", str(i)), implied=implied) for i, _ in enumerate(items)]
