"""Covenants: figures that are reported and tested, and what a breach does by itself."""
