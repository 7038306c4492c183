class Refused(Exception):
    """The rules say no; the message, in the reader's language, says why and what to do."""
