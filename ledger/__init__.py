"""What is true: bytes, keys, transactions, blocks, certificates, state, proofs, replay.

Not what comes next (that is consensus/) and not what it means (that is lending/).
"""
