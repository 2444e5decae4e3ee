"""What would happen: transactions, shocks and the passing of time, by the machine's own code."""
