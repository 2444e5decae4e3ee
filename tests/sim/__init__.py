"""The deterministic simulator: the production cores in a world of seeded faults; no wall clock.

Not a mock of the protocol: every replica is `consensus.replica.Replica`. Only the network, the
disks, the clocks and (for speed, where the seed says so) the signatures are simulated.
"""
