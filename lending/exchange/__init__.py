"""Exchanging one asset for another: payment against payment, in one transaction or not at all."""
