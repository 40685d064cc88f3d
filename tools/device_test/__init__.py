"""Runs tests_device on a board, and the servers that those scripts talk to."""
