"""Enterprises under supervision, one file each (一企一档), and their outlets (HJ 608-2017)."""
