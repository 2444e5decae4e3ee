"""Compliance: freezes, limits, eligibility, exposures, reports; rules asked of whatever happened."""
