"""Real sheets of other bureaus. Their sources state no licence, so they lie beside the clone and never in it."""

from pathlib import Path

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
collect_ignore = [] if SAMPLES.is_dir() else ["test_samples.py"]  # without the files there is nothing to read
