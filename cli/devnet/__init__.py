"""A devnet: all members of a chain as processes on one machine, for games and for the demo."""
