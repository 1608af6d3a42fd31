"""The values of the schema loader: those of its chart, and what the umbrella's hook adds to its pod."""

from __future__ import annotations

from typing import Any

import yaml

from generator.values import envoy, properties
from generator.values.block import Block, Data, entry, joined
from postrender.harden import harden
from profiles import policy
from profiles.compile import compile_policy
from profiles.errors import ProfileError
from profiles.load import ResolvedProfile
from profiles.models import Domain, Product
from profiles.scalardl import APP_VERSION, LOADER_CHART, LOADER_REPOSITORY, NAME_LABEL

# Without exemptions no day counts.
_ANY_DAY = "1970-01-01"


def values(resolved: ResolvedProfile, product: Product) -> Block:
    """The values of the chart schema-loading."""
    domain = resolved.profile.domain(product)
    return joined(
        entry("schemaType", product, f"The tables of {product.title()} [schema-type]."),
        entry("image", _image(domain), "Stated here, for the chart's own is not read while it is off."),
        entry("imagePullSecrets", envoy.pull_secrets(domain)),
        entry("existingSecret", domain.secrets.database),
        entry("databaseProperties", properties.of_loader(domain)),
        entry("commandArgs", list(domain.database.loader_arguments)),
    )


def hook(resolved: ResolvedProfile, product: Product) -> Block:
    """What the umbrella's own Job needs: it is a hook, and Helm 3 hands no hooks to a post-renderer.

    The rules of the post-renderer say what; so it cannot disagree with them.
    """
    compiled = policy.from_json(compile_policy(resolved, product), resolved.name)
    # Exemptions end and patches need not fit: the hook has what the rules ask for, and `loader` is yours.
    policy_of_domain = compiled._replace(exemptions=(), patches=())
    result = harden(_bare(resolved, product), policy_of_domain, _ANY_DAY)
    if result.text is None:
        raise ProfileError(
            f"{resolved.name}: {product}: the schema loader cannot be made to obey the profile: "
            + "; ".join(outcome.line for outcome in result.refused)
        )
    objects = [data for data in yaml.safe_load_all(result.text) if data]
    job = next(data for data in objects if data["kind"] == "Job")
    pod: dict[str, Any] = job["spec"]["template"]["spec"]
    container: dict[str, Any] = pod.pop("containers")[0]
    for ours in ("restartPolicy", "volumes"):
        pod.pop(ours, None)
    for ours in ("name", "image", "env", "volumeMounts"):
        container.pop(ours, None)
    policies = [data["spec"] for data in objects if data["kind"] == "NetworkPolicy"]
    for spec in policies:
        del spec["podSelector"]
    return joined(
        entry("pod", pod),
        entry("container", container),
        entry("networkPolicy", policies[0] if policies else None),
    )


def _image(domain: Domain) -> dict[str, str]:
    chosen = domain.images.loader
    return {
        "repository": chosen.repository or LOADER_REPOSITORY,
        "version": chosen.version or APP_VERSION,
        "pullPolicy": "IfNotPresent",
    }


def _bare(resolved: ResolvedProfile, product: Product) -> str:
    """The Job and its properties as the hook renders them, before anything is added."""
    domain = resolved.profile.domain(product)
    name = f"{domain.release}-{LOADER_CHART.name}"
    labels = {NAME_LABEL: LOADER_CHART.name, "app.kubernetes.io/instance": domain.release}
    image = _image(domain)
    container: Data = {
        "name": "schema-import",
        "image": f"{image['repository']}:{image['version']}",
        "volumeMounts": [
            {"name": "properties", "mountPath": "/properties"},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 -- a path in the container
        ],
    }
    volumes: list[Data] = [
        {"name": "properties", "configMap": {"name": f"{name}-properties"}},
        {"name": "tmp", "emptyDir": {}},
    ]
    pod = {"restartPolicy": "Never", "containers": [container], "volumes": volumes}
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": pod}},
    }
    configuration = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"{name}-properties"},
        "data": {"database.properties": properties.of_loader(domain)},
    }
    return yaml.safe_dump_all([configuration, job], sort_keys=False)
