"""Figures by year, the bureau's year-end report (年终工作总结, GB/T 9704-2012) and the system check (体系体检)."""
