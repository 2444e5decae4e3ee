"""Guarantees, first-loss capital and cover funds: whose money pays a lender when a loan defaults."""
