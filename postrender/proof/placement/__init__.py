"""What can run: placement, updates, drains and lost zones, as the scheduler and the controllers decide.

    from postrender.proof.placement.stage import declared_stage
    stage = declared_stage(release, policy.pool, policy.kubernetes)   # the pods in groups, the nodes in kinds
    from postrender.proof.placement.placing import Steps, place
    place(stage, stage.full, Steps())           # whether all pods find a node, and one way in which they do

Everything is counted, nothing is named: nodes in the same state are one entry with a count, and so are
alike pods. `exploring` looks at every choice that the scheduler and the controllers have; `placing`
looks for one way; `rolling`, `draining` and `outages` are the moves of a rolling update, a drain and a
lost zone.

Not modelled, and said so where it matters: preemption, volumes, resource claims, other schedulers,
and labels of nodes that nobody declared.
"""
