"""flask policy: who may go where, as the code decides it."""

import json

import click
from flask import current_app

from ems.core.people import Role
from ems.core.policy import allows


@click.command("policy")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def policy(*, as_json: bool) -> None:
    """Every endpoint × role → allow or deny."""
    table = matrix()
    if as_json:
        click.echo(json.dumps(table, ensure_ascii=False, indent=1))
        return
    for endpoint, row in table.items():
        click.echo(f"{endpoint:32}" + " ".join(role if row[role] == "allow" else "·" * len(role) for role in row))


def matrix() -> dict[str, dict[str, str]]:
    found = {}
    for endpoint, view in sorted(current_app.view_functions.items()):
        if endpoint.endswith("static"):
            continue
        needs = getattr(view, "needs", None)
        free = needs is not None and needs[0] == "own"
        row = {role.value: needs is None or free or allows(frozenset({role}), *needs) for role in Role}
        row["anonymous"] = needs is None
        found[endpoint] = {role: "allow" if yes else "deny" for role, yes in row.items()}
    return found


COMMANDS = (policy,)
