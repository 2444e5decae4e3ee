"""Impairment: the stage of each loan, and what its lender sets aside for what it may lose."""
