"""EKS: the connection of the networks, asked for by one side and accepted by the other."""

from __future__ import annotations

from pathlib import Path

from generator.clusters import plan
from profiles.models import Product
from tests.generator.clusters.places import declared, joined, lines


def test_a_connection_is_used_by_the_id_that_its_making_prints(tmp_path: Path) -> None:
    asked = _connection(tmp_path, "auditor", "Ledger")
    (make,) = [line for line in asked if "create-vpc-peering-connection" in line]
    assert "peering=$(aws ec2 create-vpc-peering-connection " in make
    # A second run finds the first one's.
    assert make.startswith('test "$peering" != None || ')
    assert any(line.startswith("peering=$(aws ec2 describe-vpc-peering-connections ") for line in asked)
    (route,) = [line for line in asked if "create-route" in line]
    assert "--destination-cidr-block 10.40.0.0/16 " in route
    assert '--vpc-peering-connection-id "$peering" ' in route
    assert not any("<peering-connection" in line for line in asked)


def test_ledger_accepts_the_connection_that_auditor_names(tmp_path: Path) -> None:
    accepted = _connection(tmp_path, "ledger", "Auditor")
    assert accepted.count("peering='<peering-connection-of-auditor>'") == 1
    assert any(line.startswith("aws ec2 accept-vpc-peering-connection ") for line in accepted)
    assert not any("create-vpc-peering-connection" in line for line in accepted)
    (route,) = [line for line in accepted if "create-route" in line]
    assert "--destination-cidr-block 10.50.0.0/16 " in route


def test_connections_are_ended_by_the_name_that_both_sides_gave_them(tmp_path: Path) -> None:
    for product, name in (("ledger", "cluster-40-auditor"), ("auditor", "cluster-50-ledger")):
        made = lines(plan(declared(tmp_path, "eks"), product))
        assert any(f"Key=Name,Value={name}" in line for line in made)
        (gone,) = [
            line for line in made if "delete-vpc-peering-connection" in line and f"Values={name} " in line
        ]
        assert '--vpc-peering-connection-id "$peering"' in gone


def _connection(folder: Path, product: Product, other: str) -> list[str]:
    """The commands that connect the network of `product` with the other's."""
    steps = plan(declared(folder, "eks"), product).create
    (found,) = [step for step in steps if step.title == f"Connect the network with that of {other}"]
    return [joined(command) for command in found.commands]
