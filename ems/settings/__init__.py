"""Settings, the working calendar, time limits, the log and the state of the house (GB/T 22239 系统管理、审计管理)."""
