"""On-site inspections (现场检查): planned, done on a phone by two officers, written down, and followed up by orders."""
