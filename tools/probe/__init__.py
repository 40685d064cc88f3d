"""Asks a real module what the manual leaves open, and writes what it is like as a profile."""
