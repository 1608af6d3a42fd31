"""Who may talk to whom: NetworkPolicies evaluated as Kubernetes does, for all addresses, pods and ports.

    from postrender.proof.reachability.world import World, admissions
    world = World(release, policy.network)          # the pods, what selects them, the parties around
    admissions(world, pods, "Ingress", pods.named)  # who is admitted, rule by rule, as exact sets

    from postrender.proof.reachability.verdict import through, verdict
    verdict(world, source, destination, 50051)      # allowed: True, False, None (in part, not known); why
    through(world, client, front, 50051)            # the same, through a load balancer's Service

    from postrender.proof.reachability.matrix import matrix
    matrix(world)                                   # all pairs with their ports

    from postrender.proof.reachability.declared import blocked, components, flows, open_beyond
    stated = flows(world, policy.network)           # what a ScalarDL release has to have
    blocked(world, stated)                          # the flows that do not pass, each with its verdict
    open_beyond(world, components(world), stated)   # what is admitted beyond them

Sources and destinations are `world.pods` and parties: `world.parties` are the declared ones, `parties`
makes others (an address, networks, pods of other namespaces). `world.fronts(pods)` are the Services
through which the outside comes.

Not modelled: addresses of pods (an ipBlock holds the outside; the answer says where one might hold pods),
what policies do with protocols other than TCP, UDP and SCTP, policies of a network plugin's own or of
administrators (AdminNetworkPolicy), and loadBalancerSourceRanges of Services.
"""
