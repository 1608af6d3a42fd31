"""image-pinning: every image says which build it is."""

from __future__ import annotations

from collections.abc import Iterator

from postrender.manifests.release import Release
from postrender.manifests.workload import called
from postrender.rules import scope
from postrender.rules.finding import Finding
from profiles.policy import Policy

RULE = "image-pinning"


def find(release: Release, policy: Policy) -> Iterator[Finding]:
    """Containers whose image may be another one tomorrow. Nobody but the user knows the right tag: no fix."""
    for workload in scope.workloads(release, policy, scope.SCALARDL):
        for path, container in workload.containers():
            image = workload.manifest.text(*path, "image")
            problem = _problem(image)
            if problem is None:
                continue
            who = called(path, container)
            yield Finding(
                rule=RULE,
                manifest=workload.manifest,
                path=(*path, "image"),
                problem=f"{who} has the image {image}, {problem}" if image else f"{who} has no image",
                cure="name a released version or a digest in the chart's values",
                requirements=("image-tags",),
            )


def _problem(image: str) -> str | None:
    """Why the image is not pinned; None where it is.

    A reference is [host[:port]/]path[:tag][@digest]; so a colon before the last slash is a port.
    Source: https://pkg.go.dev/github.com/distribution/reference
    """
    name, _, digest = image.partition("@")
    if ":" in digest:
        return None
    tag = name.rpartition("/")[2].partition(":")[2]
    if not tag:
        return "without a tag, which stands for latest"
    if "latest" in tag.lower().split("-"):
        return f"whose tag {tag} moves from build to build"
    if "snapshot" in tag.lower():
        return f"whose tag {tag} is not a release"
    return None
