"""Which code decides which requirement: the rows of all subjects together."""

from __future__ import annotations

from generator.check.deciders import (
    add_ons,
    applications,
    autoscaling,
    calls,
    database,
    declared,
    encryption,
    exposure,
    installing,
    machines,
    monitoring,
    network,
    node_pool,
    nodes,
    placement,
    plain_secrets,
    secrets,
    separation,
    settings,
    workloads,
)
from generator.check.row import Row

_SUBJECTS = (
    workloads,
    placement,
    autoscaling,
    installing,
    monitoring,
    nodes,
    machines,
    node_pool,
    declared,
    add_ons,
    settings,
    database,
    encryption,
    network,
    exposure,
    calls,
    separation,
    applications,
    secrets,
    plain_secrets,
)


def _rows() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for subject in _SUBJECTS:
        for name, row in subject.ROWS.items():
            assert name not in rows, f"two rows of {name}"
            rows[name] = row
    return rows


# The requirements that a machine decides; the others say in profiles/requirements.yaml why a person must.
ROWS: dict[str, Row] = _rows()
