"""Discharge permits (排污许可证): validity, renewal, limits, and the bureau's own annual review (排污许可管理条例)."""
