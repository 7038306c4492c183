"""Accounts, units, posts, deputies and hand-over (ISO 14001 5.3; GB/T 22239 身份鉴别、访问控制)."""
