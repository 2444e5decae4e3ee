"""Collateral accounts: several assets for several loans, watched by price, called, auctioned."""
