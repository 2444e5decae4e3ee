"""What comes next: a pure PBFT replica, one block in flight, no I/O and no clock of its own.

Not what a block means (that is ledger/ and lending/) and not sockets or disks (runtime/).
"""
