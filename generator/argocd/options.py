"""The options of the plugin, in one table: what is read, announced, written to plugin.yaml and documented."""

from __future__ import annotations

from typing import Literal, NamedTuple

from postrender import policy_source

Kind = Literal["string", "array", "map"]
Item = Literal["string", "boolean"]


class Option(NamedTuple):
    """One option.

    `variable`: X, where the plugin's environment gives it; an Application's own environment as ARGOCD_ENV_X.
    `default`: the announced default of a string. `by_application`: the default comes from the Application,
    so a fixed plugin.yaml cannot say it. `operator_only`: no Application may give it.
    """

    name: str
    kind: Kind
    variable: str
    title: str
    tooltip: str
    default: str = ""
    item: Item = "string"
    by_application: bool = False
    operator_only: bool = False


OPTIONS = (
    Option(
        "profile",
        "string",
        policy_source.VARIABLE,
        "Profile",
        "test, production, multi-az, or a file in the source; without it the policy that the chart carries, "
        "else production.",
    ),
    Option(
        "hardening",
        "string",
        "SCALARDL_HARDENING",
        "Hardening",
        "on, or off: what Helm renders, as it is.",
        default="on",
    ),
    Option("exclude", "array", "SCALARDL_EXCLUDE", "Excluded rules", "Rules of hardening to leave out."),
    Option(
        "chart", "string", "HELM_CHART", "Chart", "The chart's folder, from the source's path.", default="."
    ),
    Option(
        "release-name",
        "string",
        "HELM_RELEASE_NAME",
        "Release name",
        "Without it the Application's name.",
        by_application=True,
    ),
    Option(
        "namespace",
        "string",
        "HELM_NAMESPACE",
        "Namespace",
        "The release's namespace; without it the Application's destination.",
    ),
    Option(
        "value-files",
        "array",
        "HELM_VALUE_FILES",
        "Value files",
        "Files or patterns, from the source's path, with / in front from the top of the repository; or https "
        "addresses. A later file wins.",
    ),
    Option(
        "ignore-missing-value-files",
        "string",
        "HELM_IGNORE_MISSING_VALUE_FILES",
        "Ignore missing value files",
        "true: a value file that is not there is passed over.",
        default="false",
        item="boolean",
    ),
    Option(
        "values", "string", "HELM_VALUES", "Values", "Inline values, as YAML. They win over the value files."
    ),
    Option(
        "values-object",
        "string",
        "HELM_VALUES_OBJECT",
        "Values as an object",
        "Inline values as one YAML or JSON object. Where it is given, it stands in for values.",
    ),
    Option(
        "set", "map", "HELM_SET", "Parameters", "Single values, as of helm --set. They win over all files."
    ),
    Option(
        "set-string",
        "map",
        "HELM_SET_STRING",
        "Parameters, as strings",
        "Single values that stay strings, as of helm --set-string.",
    ),
    Option(
        "set-file",
        "map",
        "HELM_SET_FILE",
        "Parameters, from files",
        "Single values out of files of the repository or of https addresses, as of helm --set-file.",
    ),
    Option(
        "api-versions",
        "array",
        "KUBE_API_VERSIONS",
        "API versions",
        "What Capabilities.APIVersions has; without it what the destination's cluster serves.",
    ),
    Option(
        "kube-version",
        "string",
        "KUBE_VERSION",
        "Kubernetes version",
        "What Capabilities.KubeVersion is; without it the version of the destination's cluster.",
    ),
    Option(
        "skip-crds",
        "string",
        "HELM_SKIP_CRDS",
        "Skip CRDs",
        "true: the chart's folder crds is left out.",
        default="false",
        item="boolean",
    ),
    Option(
        "skip-tests",
        "string",
        "HELM_SKIP_TESTS",
        "Skip tests",
        "true: the chart's tests are left out.",
        default="false",
        item="boolean",
    ),
    Option(
        "skip-schema-validation",
        "string",
        "HELM_SKIP_SCHEMA_VALIDATION",
        "Skip schema validation",
        "true: values are not held against values.schema.json.",
        default="false",
        item="boolean",
    ),
    Option(
        "helm",
        "string",
        "SCALARDL_HELM",
        "Helm",
        "The Helm program. An Application cannot give it: it would be a way to run any program.",
        default="helm",
        operator_only=True,
    ),
)
BY_NAME = {option.name: option for option in OPTIONS}
# What an Application may give.
ANNOUNCED = tuple(option for option in OPTIONS if not option.operator_only)


def announcement(option: Option, default: str | None = None) -> dict[str, object]:
    """The option as Argo CD announces a parameter; `default` where the Application decides it.

    The keys are those of ParameterAnnouncement in Argo CD's reposerver/repository/repository.proto.
    """
    said: dict[str, object] = {
        "name": option.name,
        "title": option.title,
        "tooltip": option.tooltip,
        "collectionType": option.kind,
    }
    if option.item != "string":
        said["itemType"] = option.item
    value = option.default if default is None else default
    if option.kind == "string" and value:
        said["string"] = value
    return said


def static() -> list[dict[str, object]]:
    """What plugin.yaml announces: all that is the same for each Application."""
    return [announcement(option) for option in ANNOUNCED if not option.by_application]


def dynamic(release_name: str) -> list[dict[str, object]]:
    """What the Application decides."""
    return [announcement(option, release_name) for option in ANNOUNCED if option.by_application]


def table() -> str:
    """The options as a table in Markdown."""
    lines = ["| parameter | kind | variable | without it | what it is |", "|---|---|---|---|---|"]
    for option in OPTIONS:
        name = f"`{option.name}`" if not option.operator_only else "(none)"
        kind = "true or false" if option.item == "boolean" else option.kind
        default = f"`{option.default}`" if option.default else ""
        lines.append(f"| {name} | {kind} | `{option.variable}` | {default} | {option.tooltip} |")
    return "\n".join(lines) + "\n"
