"""Benchmarks of single parts and of the whole, each run by itself; none is a test."""
