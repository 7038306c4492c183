"""Urging (督办): what is late is asked for in writing, from whom, by when, and answered before it is closed."""
