"""Batches: several commands of possibly several senders as one all-or-nothing transaction."""
