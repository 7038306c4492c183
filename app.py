"""The WSGI entry point: `flask --app app …`, `gunicorn app:app`."""

from ems import create_app

app = create_app()
