"""Syndicated facilities: many lenders, one borrower, an agent; drawn, billed, traded and amended."""
