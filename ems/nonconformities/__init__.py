"""Nonconformities and corrective action (不符合与纠正措施, ISO 14001 clause 10.2): one register for all sources."""
