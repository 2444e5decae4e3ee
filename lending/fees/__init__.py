"""Fees by schedule, and the spread between what borrowers pay and lenders earn."""
