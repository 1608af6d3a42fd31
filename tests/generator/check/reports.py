"""A report that has one of each: what formats must show, and what they must not let through."""

from __future__ import annotations

from generator.check.answers import Answer, Finding, Input, Spot, Status
from generator.check.judging import Report
from profiles.requirements import requirements

# A file, and the key on each line that findings name.
FILE = "deploy/our own/ledger.yaml"
TEXT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ledger
spec:
  replicas: 1
  template:
    spec:
      hostNetwork: true
"""
LINES = {"replicas": (6, 3), "template": (7, 3), "hostNetwork": (9, 7)}
# What each format takes for an order, and signs that none may print.
ODD = 'a"b]](x)|<c>&`#12 @team ::error::%0A\\\033[31m\r\n\x85\u202e\x00]]>'
TODAY = "2026-11-28"


def spot(key: str, thing: str = "Deployment ledger") -> Spot:
    """The place of a key in the file."""
    return Spot(FILE, *LINES[key], thing, f"/spec/{key}")


def finding(requirement: str, problem: str, where: Spot, cure: str = "mend it", **more: object) -> Finding:
    """A finding; `more`: its other fields."""
    return Finding(requirement, problem, cure, where)._replace(**more)


def answered(
    name: str,
    status: Status,
    *findings: Finding,
    because: tuple[str, ...] = (),
    missing: tuple[Input, ...] = (),
) -> Answer:
    """An answer to the requirement of that name."""
    return Answer(name, requirements()[name], status, findings, because, missing)


NODES: tuple[Input, ...] = ("nodes", "deployment")
RICH = Report(
    (
        answered(
            "availability-pods",
            "not-met",
            finding(
                "availability-pods",
                "Deployment ledger has 1 pod",
                spot("replicas"),
                "write replicas: 3 into Deployment ledger",
                rule="replicas",
                side="ledger",
            ),
            finding(
                "availability-pods", "Deployment auditor has 1 pod", Spot("-", 4, 2, "Deployment auditor")
            )._replace(side="auditor"),
        ),
        answered(
            "spread-nodes",
            "not-met",
            *(
                finding(
                    "spread-nodes",
                    f"two pods of Deployment {name} may stand on one node",
                    Spot("many.yaml", 10 * number, 1, f"Deployment {name}", "/spec"),
                    f"add podAntiAffinity to Deployment {name}",
                )
                for number, name in enumerate("abcdefgh", 1)
            ),
        ),
        answered(
            "default-deny",
            "not-met",
            finding(
                "default-deny",
                "no NetworkPolicy is there",
                Spot("deployment.yaml", path="network"),
                side="ledger",
            ),
            finding("default-deny", "the two domains share a network", Spot()),
        ),
        answered(
            "health-checks",
            "not-met",
            finding("health-checks", "the probe of ledger is gone", spot("template"), known=True),
        ),
        answered(
            "standby-cluster",
            "exempt",
            finding(
                "standby-cluster",
                "no other cluster is declared",
                Spot("deployment.yaml", 3, 1, path="cluster"),
                exempt="the second site is being built (until 2027-03-31)",
            ),
        ),
        answered("node-size", "person", because=("it takes the nodes",), missing=NODES),
        answered("node-label", "person", because=("Ledger: it takes the nodes",), missing=NODES),
        answered("two-clusters", "person", missing=("both",)),
        answered(
            "network-peering",
            "person",
            because=("Ledger: peering: nobody declared it", "Auditor: peering: nobody declared it"),
            missing=("deployment",),
        ),
        answered("load-test", "person", because=("a test has to be run and its report read",)),
        answered("tls", "met", because=("tls is on in the properties",)),
        answered("schema-type", "not-applicable", because=("no loader is in the manifests",)),
    ),
    TODAY,
    ("Ledger: 9 objects in ledger.yaml, judged by profile production (the default)",),
    ("The exemption of tls excuses nothing here; delete it.",),
    baseline="known.json",
)
WELL = Report((answered("tls", "met", because=("it is on",)),), TODAY)
HOSTILE = Report(
    (
        answered(
            "tls",
            "not-met",
            finding("tls", ODD, Spot(f"a,b:{ODD}.yaml", 3, 1, f"Secret {ODD}", f"/{ODD}"), ODD, rule="tls"),
            finding("tls", ODD, Spot("f.yaml", 1), ODD, exempt=ODD),
        ),
        answered("load-test", "person", because=(ODD,)),
        answered("node-size", "met", because=(ODD,)),
    ),
    TODAY,
    (ODD,),
    (ODD,),
    baseline=ODD,
)
LARGE = Report(
    tuple(
        answered(
            name,
            "not-met",
            *(
                finding(name, f"{'wrong ' * 20}{number}", Spot("f.yaml", number, 1, f"Deployment d-{number}"))
                for number in range(1, 13)
            ),
        )
        for name in requirements()
    ),
    TODAY,
)
REPORTS = {"rich": RICH, "well": WELL, "hostile": HOSTILE, "large": LARGE, "none": Report((), TODAY)}
