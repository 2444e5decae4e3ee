"""Figures of risk, kept current from what happens, and the alerts that members want."""
