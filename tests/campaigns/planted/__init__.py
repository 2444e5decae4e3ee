"""Tests of the tests: known bugs planted one at a time in a copy, and the suites that must see them."""
