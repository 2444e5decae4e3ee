"""Parties, their keys and assets; lending between them is not here."""
