"""Services besides lending: published, ordered, delivered, paid by fee schedule."""
