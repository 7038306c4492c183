"""What the modules' pages share: the person asking, forms, lists, record pages, errors."""
