"""What may stand at a field of a generated manifest, besides nothing: what rules complete, correct or leave.

`Raw` is a scalar that is written as it stands: spellings that readers of YAML take for numbers, booleans,
dates or null.
"""

from __future__ import annotations

from typing import Any


class Raw(str):
    """A plain scalar to be written letter by letter."""

    __slots__ = ()


_NUMBERS = (
    "0 -1 +1 007 0644 0o17 0b101 0x1F 1_000 08 1e3 1.0 .5 -.5e3 6.02E+23 1. 0. 0.1 1e400 "
    "12345678901234567890 123456789012345678901234567890 9223372036854775808 -9223372036854775809"
)
_OTHERS = "yes no on off y N True FALSE ~ null Null 1:30 190:20:30 2001-01-01 2001-12-14T21:59:43.10-05:00 ="
RAW = [Raw(word) for word in (*_NUMBERS.split(), *_OTHERS.split(), "")]
LONG = "a long text of many words that a person would fold over more than one line of a file"
WORDS = [
    "web", "a", "true", "null", "y", "1", "08", "1e3", "", " lead", "trail ", "a: b", "a #b", "# c", "- a",
    "é😀", "ключ", "日本語", "line\nbreak", "end\n", "end\n\n", "\n", "\nlead", "  two\n lead\n", "a\n\nb\n",
    "tab\there", "\ttab", "*x", "&x", "!t", "{}", "[a]", "a, b", "'", '"', "it's", 'say "x"', "%", "@", "`",
    "?", "? a", "|", ">", "a\\b", "back\\", "\x85", "a\u2028b", "\ufeff", "\x07", "\xa0", "key:", "::", "---",
    "...", "--- a", "x" * 130, "-Xmx2g -Dfoo=bar", "{{ .Values.x }}", "$(HOST):50051", "2001-01-01",
    '{"a": [1, 2]}', "[properties]\na=b\nc = d # no comment\n", "a=b\n\n  c\n# d\ne\n", LONG,
]  # fmt: skip
KEYS = [
    "a", "b", "name", "on", "no", "1", "app.kubernetes.io/name", "x y", "-x", "k:v", "#h", "ключ", "~", "",
    "a/b", "a~b", "long-" * 30, "null", "'", "<<x", "é", "=",
]  # fmt: skip

STRATEGIES = [
    {},
    None,
    {"type": "RollingUpdate"},
    {"type": "RollingUpdate", "rollingUpdate": {}},
    {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}, "type": "RollingUpdate"},
]
CONTAINER: dict[str, list[Any]] = {
    "resources": [
        {},
        None,
        Raw(""),
        {"limits": {}},
        {"limits": {"cpu": "2", "memory": "4Gi"}},
        {"requests": {"cpu": "500m"}, "limits": {"cpu": 2, "memory": "2Gi"}},
    ],
    "securityContext": [
        {},
        None,
        {"runAsNonRoot": True},
        {"capabilities": {"drop": ["ALL"]}},
        {"capabilities": {"drop": ["NET_RAW"], "add": []}},
    ],
    "command": [["/bin/sh", "-c", "exec \\\n  java -jar x.jar\n"], ["a", "b: c", "#d"]],
    "args": [["--x=1", "-p", "$(PASSWORD)"], []],
    "ports": [[{"containerPort": 50051, "protocol": "TCP"}, {"containerPort": 50052}]],
    "volumeMounts": [[{"name": "data", "mountPath": "/data"}], [], None],
}
_TERM = {
    "weight": 50,
    "podAffinityTerm": {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]},
    },
}
POD: dict[str, list[Any]] = {
    "volumes": [[], None, [{"name": "data", "emptyDir": {}}], [{"name": "data", "emptyDir": Raw("")}]],
    "tolerations": [[], None, [{"key": "a", "operator": "Exists", "effect": "NoSchedule"}]],
    "nodeSelector": [{}, None, {"disk": "ssd"}, {"agentpool": "other"}],
    "securityContext": [
        {},
        None,
        {"runAsUser": 1000},
        {"fsGroup": 0, "seccompProfile": {"type": "RuntimeDefault"}},
    ],
    "affinity": [
        {},
        None,
        {"podAntiAffinity": {}},
        {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [_TERM]}},
    ],
    "serviceAccountName": ["default", "x"],
    "automountServiceAccountToken": [True, Raw("no"), Raw("Yes")],
    "terminationGracePeriodSeconds": [30, Raw("0x5A"), Raw("0132"), Raw("1_0")],
}
