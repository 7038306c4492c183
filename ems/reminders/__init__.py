"""Telling people in time (ISO 14001 7.4): who is told of which duty, once, in the inbox and by mail."""
