"""What the ledger's transactions mean: the deterministic lending machine. No I/O, no clock of its own."""
