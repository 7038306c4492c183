"""A year of the clock in minutes: real processes on one database, killed at random, and every telling accounted for.

`make soak`; a small version of it stands in test_small.py.
"""
