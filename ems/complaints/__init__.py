"""Complaints and petitions (投诉举报), kept to the 信访工作条例, the hotline's terms and what the bureau promises."""
