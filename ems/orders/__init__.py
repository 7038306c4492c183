"""Orders to correct within a time (责令限期整改): what was found, its term, and who looked again."""
