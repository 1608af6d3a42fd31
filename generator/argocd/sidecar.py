"""The plugin's sidecar beside Argo CD's repo-server: for kustomize, the argo-cd chart and the operator."""

from __future__ import annotations

from typing import Any

from generator.argocd import options
from generator.yamltext import dump

NAME = "scalardl-harden"
GENERATE = ["scalardl-gen", "argocd", "generate"]
PARAMETERS = ["scalardl-gen", "argocd", "parameters", "--of-application"]
# The user of Argo CD's own images; its plugins' server asks for it.
USER = 999

_CONFIG, _TMP = f"{NAME}-config", f"{NAME}-tmp"
_PLUGIN_YAML = "/home/argocd/cmp-server/config/plugin.yaml"
# The ConfigMap that the argo-cd chart makes of configs.cmp.plugins.
_OF_CHART = "argocd-cmp-cm"

Yaml = dict[str, Any]


def files(image: str, namespace: str, stated: str | None = None) -> dict[str, str]:
    """The files that install the plugin, by path, for the image and Argo CD's namespace.

    In kustomize's files the namespace stands only where it is `stated`: the rest of Argo CD's may get
    theirs from the command that applies them.
    """
    return {
        "plugin.yaml": plugin_yaml(),
        "kustomize/kustomization.yaml": dump(_component()),
        "kustomize/configmap.yaml": dump(_config_map(stated)),
        "kustomize/repo-server.yaml": dump(_patch(image)),
        "argo-cd-values.yaml": dump(_chart_values(image)),
        "operator/configmap.yaml": dump(_config_map(namespace)),
        "operator/argocd.yaml": dump(_operator(image, namespace)),
    }


def plugin_yaml() -> str:
    """The configuration of the plugin.

    Without a version, which would be a part of its name in each Application; without a rule of discovery,
    which would take over Applications that do not ask for it.
    """
    head = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ConfigManagementPlugin",
        "metadata": {"name": NAME},
    }
    return dump({**head, "spec": _spec()})


def _spec() -> Yaml:
    return {
        "generate": {"command": GENERATE},
        "parameters": {"static": options.static(), "dynamic": {"command": PARAMETERS}},
    }


def _config_map(namespace: str | None = None) -> Yaml:
    metadata = {"name": _CONFIG, **({"namespace": namespace} if namespace else {})}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {**metadata, "labels": {"app.kubernetes.io/part-of": "argocd"}},
        "data": {"plugin.yaml": plugin_yaml()},
    }


def _component() -> Yaml:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "resources": ["configmap.yaml"],
        # A patch without a target fits only a Deployment that states no namespace.
        "patches": [
            {"path": "repo-server.yaml", "target": {"kind": "Deployment", "name": "argocd-repo-server"}}
        ],
    }


def _patch(image: str) -> Yaml:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "argocd-repo-server"},
        "spec": {
            "template": {
                "spec": {"containers": [_container(image, "plugin.yaml")], "volumes": _volumes(_CONFIG)}
            }
        },
    }


def _chart_values(image: str) -> Yaml:
    return {
        "configs": {"cmp": {"create": True, "plugins": {NAME: _spec()}}},
        "repoServer": {
            "extraContainers": [_container(image, f"{NAME}.yaml")],
            "volumes": _volumes(_OF_CHART),
        },
    }


def _operator(image: str, namespace: str) -> Yaml:
    return {
        "apiVersion": "argoproj.io/v1beta1",
        "kind": "ArgoCD",
        "metadata": {"name": "argocd", "namespace": namespace},
        "spec": {
            "repo": {
                "sidecarContainers": [_container(image, "plugin.yaml")],
                "volumes": _volumes(_CONFIG),
            }
        },
    }


def _container(image: str, key: str) -> Yaml:
    """The sidecar. The volumes var-files and plugins are the repo-server's own."""
    return {
        "name": NAME,
        "image": image,
        "command": ["/var/run/argocd/argocd-cmp-server"],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"memory": "512Mi"},
        },
        "volumeMounts": [
            {"name": "var-files", "mountPath": "/var/run/argocd"},
            {"name": "plugins", "mountPath": "/home/argocd/cmp-server/plugins"},
            {"name": _CONFIG, "mountPath": _PLUGIN_YAML, "subPath": key},
            {"name": _TMP, "mountPath": "/tmp"},  # noqa: S108 -- a volume of its own
        ],
    }


def _volumes(config_map: str) -> list[Yaml]:
    return [{"name": _CONFIG, "configMap": {"name": config_map}}, {"name": _TMP, "emptyDir": {}}]
