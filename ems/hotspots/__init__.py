"""Hot-spots (热点): where complaints and faults gather week by week, and what is done about it (ISO 14001 6.1, 9.1)."""
