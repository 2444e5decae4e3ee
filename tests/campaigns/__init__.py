"""Campaigns: real processes put through what may happen to them, for as long as asked; not unit tests."""
