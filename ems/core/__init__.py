"""What the modules share and no page knows of: rows, people, rules, duties, figures, sheets."""
