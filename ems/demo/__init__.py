"""The demo year: made-up people and enterprises, and what happened to them until a given day (演示数据)."""
