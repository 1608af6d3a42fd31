"""A KRM function: a ResourceList comes in and goes out, its items hardened like the documents of a stream.

Source: https://github.com/kubernetes-sigs/kustomize/blob/master/cmd/config/docs/api-conventions/functions-spec.md
A ResourceList is read as the List that it is, so what no rule concerns stays as it was written.
"""

from __future__ import annotations

from copy import deepcopy

from postrender import concealed, policy_source
from postrender.errors import DefectError, UnreadableError, UsageError
from postrender.harden import FIXED, REFUSED, REPORTED, Outcome, Result
from postrender.manifests import nodes, stream
from postrender.manifests.edit import edited
from postrender.manifests.manifest import Object, path_of
from postrender.manifests.release import POLICY_KEY
from postrender.policy_source import Chosen
from postrender.report import FIXABLE
from profiles import policy
from profiles.errors import ProfileError

Items = dict[tuple[str, str], list[Object]]

KIND = "ResourceList"
_GROUP = "config.kubernetes.io/"
# Where the function's configuration says what to do, by its kind.
_CONFIGS = {"ConfigMap": "data", "ScalarDLHarden": "spec"}
_PROFILE = "profile"
_SEVERITIES = {REFUSED: "error", REPORTED: "warning"}
_ORDER = ("error", "warning", "info")
# From which file the orchestrator took an item; the newer name first.
_PATHS = ("internal.config.kubernetes.io/path", "config.kubernetes.io/path")
_INDEXES = ("internal.config.kubernetes.io/index", "config.kubernetes.io/index")


def read(text: str) -> Object:
    """The ResourceList in `text` as plain data. Raises UnreadableError where it is none."""
    documents = [document for document in stream.split(text) if not document.blank]
    if len(documents) != 1:
        raise UnreadableError(f"--krm reads one {KIND} on stdin; {len(documents)} documents came in")
    data = nodes.compose(documents[0].text, KIND, documents[0].line).data
    if not isinstance(data, dict) or data.get("kind") != KIND:
        raise UnreadableError(f"--krm reads a {KIND} on stdin, as kustomize and kpt write it; this is none")
    version = data.get("apiVersion")
    if not isinstance(version, str) or not version.startswith(_GROUP):
        raise UnreadableError(f"{KIND}: its apiVersion is not {_GROUP}v1")
    items = data.get("items")
    if items is not None and not isinstance(items, list):
        raise UnreadableError(f"{KIND}: items is not a list")
    for number, item in enumerate(items or [], 1):
        if not (
            isinstance(item, dict) and all(isinstance(item.get(key), str) for key in ("apiVersion", "kind"))
        ):
            raise UnreadableError(f"{KIND}: item {number} is no Kubernetes object with apiVersion and kind")
    return data


def choose(argument: str | None, listed: Object, text: str) -> Chosen:
    """The policy for the ResourceList: the argument, its functionConfig, else as for any stream.

    Raises UsageError where the one that counts cannot be used.
    """
    config = listed.get("functionConfig")
    if argument is None and config is not None:
        name, compiled = _configured(config)
        try:
            if name is not None:
                return Chosen(policy_source.named(name, text), f"functionConfig: profile {name}")
            if compiled is not None:
                return Chosen(policy.load(compiled, "functionConfig"), f"functionConfig: {POLICY_KEY}")
        except ProfileError as error:
            raise UsageError(str(error)) from None
    return policy_source.choose(argument, text)


def _configured(config: object) -> tuple[str | None, str | None]:
    """The name of the profile and the compiled policy that a functionConfig holds, one at the most."""
    kind = config.get("kind") if isinstance(config, dict) else None
    if not isinstance(config, dict) or kind not in _CONFIGS:
        raise UsageError(f"functionConfig: its kind is none of {' and '.join(_CONFIGS)}")
    within = _CONFIGS[kind]
    content = config.get(within) or {}
    if not isinstance(content, dict):
        raise UsageError(f"functionConfig: {within} is not a map")
    known = (_PROFILE, POLICY_KEY)
    for key, value in content.items():
        if key not in known:
            raise UsageError(f"functionConfig: {within}.{key} is not known; it may hold {' or '.join(known)}")
        if not isinstance(value, str):
            raise UsageError(f"functionConfig: {within}.{key} is not text")
    if len(content) > 1:
        raise UsageError(f"functionConfig: {within} holds {' and '.join(known)}; keep one of them")
    return content.get(_PROFILE), content.get(POLICY_KEY)


def answer(text: str, listed: Object, result: Result, message: str) -> str:
    """The ResourceList that goes out, with the results of the run.

    Where the run failed its items are those that came in, and what `message` says is a result as well: an
    orchestrator reads the results of a function that fails.
    """
    hardened = text
    added: list[Object] = []
    own: list[Object] = []
    if result.text is not None:
        hardened, added = _parts(result.text)
    elif not result.refused:
        own = [{"message": message, "severity": "error"}]
    # Of several documents only one is not blank, and comments beside it stay where they are.
    tree = nodes.compose(hardened, KIND, 1)
    wanted = deepcopy(tree.data)
    if added:
        wanted["items"] = [*(wanted.get("items") or []), *added]
    outcomes = result.outcomes
    if result.text is None:
        outcomes = tuple(o._replace(status=FIXABLE) if o.status == FIXED else o for o in outcomes)
    items = _by_name(listed)
    found = own + [_result(outcome, items) for outcome in outcomes]
    found.sort(key=lambda entry: _ORDER.index(entry["severity"]))
    wanted.pop("results", None)
    if found:
        wanted["results"] = found
    return edited(hardened, tree, wanted, KIND)


def _parts(text: str) -> tuple[str, list[Object]]:
    """The document of the ResourceList, and the objects that rules added before it."""
    added: list[Object] = []
    for document in stream.split(text):
        data = nodes.compose(document.text, KIND, document.line).data
        if isinstance(data, dict) and data.get("kind") == KIND:
            return document.text.removeprefix("---\n"), added
        if data is not None:
            added.append(data)
    raise DefectError(f"{KIND}: lost among what rules added")


def _result(outcome: Outcome, items: Items) -> Object:
    """The outcome as a result: https://pkg.go.dev/sigs.k8s.io/kustomize/kyaml/fn/framework#Result"""
    words = f"{outcome.status} {outcome.rule}: {outcome.problem}; {outcome.reason or outcome.cure}"
    made: Object = {"message": words, "severity": _SEVERITIES.get(outcome.status, "info")}
    item = _item(outcome, items)
    if item is not None:
        metadata = item["metadata"]
        reference = {"apiVersion": item["apiVersion"], "kind": outcome.kind, "name": outcome.name}
        if metadata.get("namespace"):
            reference["namespace"] = metadata["namespace"]
        made["resourceRef"] = reference
        if outcome.pointer:
            made["field"] = {"path": _field(outcome.pointer)}
            for operation in outcome.operations:
                if operation["path"] == outcome.pointer and "value" in operation:
                    key = outcome.pointer.rpartition("/")[2]
                    made["field"]["proposedValue"] = concealed.value(operation["value"], key)
        annotations = metadata.get("annotations") or {}
        path = next((annotations[key] for key in _PATHS if annotations.get(key)), None)
        if path is not None:
            index = next((str(annotations[key]) for key in _INDEXES if annotations.get(key)), "0")
            made["file"] = {"path": path, "index": int(index) if index.isdigit() else 0}
    tags = {"rule": outcome.rule, "status": outcome.status}
    if outcome.requirements:
        tags["requirements"] = ", ".join(outcome.requirements)
    made["tags"] = tags
    return made


def _by_name(listed: Object) -> Items:
    """The items by kind and name."""
    found: Items = {}
    for item in listed.get("items") or []:
        metadata = item.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if isinstance(name, str):
            found.setdefault((item["kind"], name), []).append(item)
    return found


def _item(outcome: Outcome, items: Items) -> Object | None:
    """The item that the outcome speaks of, the one that states the namespace first."""
    named = items.get((outcome.kind, outcome.name), [])
    exact = [item for item in named if item["metadata"].get("namespace") == outcome.namespace]
    silent = [item for item in named if not item["metadata"].get("namespace")]
    return next(iter(exact + silent), None)


def _field(pointer: str) -> str:
    """The JSON Pointer as the path of a field: `spec.template.spec.containers[0].image`."""
    text = ""
    for step in path_of(pointer):
        bracketed = step.isdigit() or "." in step or "/" in step
        text += f"[{step}]" if bracketed else f".{step}"
    return text.removeprefix(".")
