"""Advice: what a borrower could have, read from committed data; it changes nothing."""
