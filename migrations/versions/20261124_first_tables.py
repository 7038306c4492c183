"""The first tables, and the search index, which each database makes in its own way."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


ADD = "INSERT INTO search_fts(rowid, pairs) VALUES (new.id, new.pairs);"
DROP = "INSERT INTO search_fts(search_fts, rowid, pairs) VALUES ('delete', old.id, old.pairs);"
SQLITE = (
    "CREATE VIRTUAL TABLE search_fts USING fts5(pairs, content='search_text', content_rowid='id')",
    f"CREATE TRIGGER search_in AFTER INSERT ON search_text BEGIN {ADD} END",
    f"CREATE TRIGGER search_out AFTER DELETE ON search_text BEGIN {DROP} END",
    f"CREATE TRIGGER search_over AFTER UPDATE ON search_text BEGIN {DROP} {ADD} END",
)
POSTGRESQL = ("CREATE INDEX ix_search_pairs ON search_text USING gin (to_tsvector('simple', pairs))",)

#: table, what is done to it, and when the database refuses that
GUARDED = (
    ("report", "UPDATE", "OLD.digest IS NOT NULL"),
    ("report", "DELETE", "OLD.digest IS NOT NULL"),
    ("report_section", "INSERT", "(SELECT digest FROM report WHERE id = NEW.report_id) IS NOT NULL"),
    ("report_section", "UPDATE", "(SELECT digest FROM report WHERE id = OLD.report_id) IS NOT NULL"),
    ("report_section", "DELETE", "(SELECT digest FROM report WHERE id = OLD.report_id) IS NOT NULL"),
    ("sealed_figure", "INSERT", "(SELECT digest FROM report WHERE id = NEW.report_id) IS NOT NULL"),
    ("sealed_figure", "UPDATE", "(SELECT digest FROM report WHERE id = OLD.report_id) IS NOT NULL"),
    ("sealed_figure", "DELETE", "(SELECT digest FROM report WHERE id = OLD.report_id) IS NOT NULL"),
)


def guards(dialect: str) -> list[str]:
    """The triggers that keep what is sealed, as the database takes them."""
    found = []
    for table, act, when in GUARDED:
        name = f"sealed_{table}_{act.lower()}"
        if dialect == "sqlite":
            refused = f"SELECT RAISE(ABORT, '{table} is sealed');"
            found.append(f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {when} BEGIN {refused} END")
        else:
            refused = f"IF {when} THEN RAISE EXCEPTION '{table} is sealed'; END IF;"
            passed = "OLD" if act == "DELETE" else "NEW"
            body = f"$$ BEGIN {refused} RETURN {passed}; END $$ LANGUAGE plpgsql"
            found.append(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS {body}")
            found.append(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    return found


def upgrade() -> None:
    op.create_table("checklist",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("type", sa.Enum("key_industry", "catering", "project", "straw", "smoke_zone", "outlet", "closed_recheck", "order_recheck", "special", "self_check", "system_check", name="inspectiontype", native_enum=False, length=20), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("title_en", sa.String(length=200), nullable=False),
    sa.Column("since", sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist")),
    sa.UniqueConstraint("type", "version", name=op.f("uq_checklist_type_version"))
    )
    op.create_table("log_head",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("hash", sa.String(length=64), nullable=False),
    sa.Column("entries", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head"))
    )
    op.create_table("outbox",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("key", sa.String(length=80), nullable=False),
    sa.Column("to", sa.String(length=200), nullable=False),
    sa.Column("subject", sa.String(length=200), nullable=False),
    sa.Column("html", sa.Text(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("state", sa.Enum("waiting", "sent", "dead", name="mailstate", native_enum=False, length=20), nullable=False),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("tries", sa.Integer(), nullable=False),
    sa.Column("error", sa.String(length=500), nullable=False),
    sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    sa.UniqueConstraint("key", name=op.f("uq_outbox_key"))
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_due", ["next_try_at", "id"], unique=False, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))

    op.create_table("rule",
    sa.Column("code", sa.String(length=40), nullable=False),
    sa.Column("since", sa.Date(), nullable=False),
    sa.Column("kind", sa.Enum("deadline", "recurring", "practice", "document", "validity", "min_period", "limitation", "retention", "rule", name="kind", native_enum=False, length=20), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("title_en", sa.String(length=200), nullable=False),
    sa.Column("bearer", sa.Enum("own", "enterprise", "party", "authority", name="bearer", native_enum=False, length=20), nullable=False),
    sa.Column("trigger", sa.String(length=80), nullable=False),
    sa.Column("trigger_en", sa.String(length=120), nullable=False),
    sa.Column("offset", sa.Integer(), nullable=True),
    sa.Column("unit", sa.Enum("calendar_day", "working_day", "month", "year", "hour", "event", "document", "fixed", name="span", native_enum=False, length=20), nullable=False),
    sa.Column("day", sa.String(length=5), nullable=False),
    sa.Column("roll", sa.Enum("none", "next", "previous", name="roll", native_enum=False, length=20), nullable=False),
    sa.Column("leads", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.Column("law", sa.String(length=120), nullable=False),
    sa.Column("article", sa.String(length=60), nullable=False),
    sa.Column("also_law", sa.String(length=120), nullable=False),
    sa.Column("also_article", sa.String(length=60), nullable=False),
    sa.Column("status", sa.String(length=20), nullable=False),
    sa.Column("source", sa.Text(), nullable=False),
    sa.Column("note", sa.Text(), nullable=False),
    sa.Column("enabled", sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint("code", "since", name=op.f("pk_rule"))
    )
    op.create_table("search_text",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("subject_type", sa.String(length=40), nullable=False),
    sa.Column("subject_id", sa.Integer(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("pairs", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_search_text")),
    sa.UniqueConstraint("subject_type", "subject_id", name=op.f("uq_search_text_subject_type_subject_id"))
    )
    op.create_table("sequence",
    sa.Column("prefix", sa.String(length=20), nullable=False),
    sa.Column("year", sa.Integer(), nullable=False),
    sa.Column("last", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("prefix", "year", name=op.f("pk_sequence"))
    )
    op.create_table("setting",
    sa.Column("key", sa.String(length=60), nullable=False),
    sa.Column("value", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.PrimaryKeyConstraint("key", name=op.f("pk_setting"))
    )
    op.create_table("slot",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("job", sa.String(length=40), nullable=False),
    sa.Column("slot", sa.String(length=20), nullable=False),
    sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("said", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
    sa.UniqueConstraint("job", "slot", name=op.f("uq_slot_job_slot"))
    )
    op.create_table("unit",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("code", sa.String(length=40), nullable=False),
    sa.Column("name", sa.String(length=200), nullable=False),
    sa.Column("name_en", sa.String(length=200), nullable=False),
    sa.Column("kind", sa.Enum("group", "street", "department", "park", "direct", "assisted", name="unitkind", native_enum=False, length=20), nullable=False),
    sa.Column("parent_id", sa.Integer(), nullable=True),
    sa.Column("path", sa.String(length=200), nullable=False),
    sa.Column("active", sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
    sa.UniqueConstraint("code", name=op.f("uq_unit_code"))
    )
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_path"), ["path"], unique=False)

    op.create_table("user",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("username", sa.String(length=40), nullable=False),
    sa.Column("name", sa.String(length=200), nullable=False),
    sa.Column("email", sa.String(length=200), nullable=False),
    sa.Column("phone", sa.String(length=40), nullable=False),
    sa.Column("badge", sa.String(length=40), nullable=False),
    sa.Column("language", sa.String(length=10), nullable=False),
    sa.Column("password_hash", sa.String(length=200), nullable=False),
    sa.Column("active", sa.Boolean(), nullable=False),
    sa.Column("must_change", sa.Boolean(), nullable=False),
    sa.Column("barred", sa.Boolean(), nullable=False),
    sa.Column("failures", sa.Integer(), nullable=False),
    sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
    sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
    sa.UniqueConstraint("username", name=op.f("uq_user_username"))
    )
    op.create_table("workday",
    sa.Column("day", sa.Date(), nullable=False),
    sa.Column("works", sa.Boolean(), nullable=False),
    sa.Column("note", sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint("day", name=op.f("pk_workday"))
    )
    op.create_table("attachment",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("subject_type", sa.String(length=40), nullable=False),
    sa.Column("subject_id", sa.Integer(), nullable=False),
    sa.Column("name", sa.String(length=200), nullable=False),
    sa.Column("type", sa.String(length=100), nullable=False),
    sa.Column("size", sa.Integer(), nullable=False),
    sa.Column("digest", sa.String(length=64), nullable=False),
    sa.Column("note", sa.String(length=200), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("by_id", sa.Integer(), nullable=True),
    sa.Column("void", sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_attachment_by_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment"))
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_digest"), ["digest"], unique=False)
        batch_op.create_index("ix_attachment_subject", ["subject_type", "subject_id", "id"], unique=False)

    op.create_table("checklist_item",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("checklist_id", sa.Integer(), nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("code", sa.String(length=40), nullable=False),
    sa.Column("text", sa.String(length=300), nullable=False),
    sa.Column("text_en", sa.String(length=400), nullable=False),
    sa.Column("law", sa.String(length=120), nullable=False),
    sa.Column("article", sa.String(length=60), nullable=False),
    sa.Column("also_law", sa.String(length=120), nullable=False),
    sa.Column("also_article", sa.String(length=60), nullable=False),
    sa.Column("severity", sa.Enum("serious", "normal", name="severity", native_enum=False, length=20), nullable=False),
    sa.Column("days", sa.Integer(), nullable=True),
    sa.Column("status", sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(["checklist_id"], ["checklist.id"], name=op.f("fk_checklist_item_checklist_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_item")),
    sa.UniqueConstraint("checklist_id", "code", name="uq_checklist_item_code"),
    sa.UniqueConstraint("checklist_id", "number", name="uq_checklist_item_number")
    )
    op.create_table("deputy",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("absent_id", sa.Integer(), nullable=False),
    sa.Column("deputy_id", sa.Integer(), nullable=False),
    sa.Column("since", sa.Date(), nullable=False),
    sa.Column("until", sa.Date(), nullable=False),
    sa.Column("reason", sa.String(length=200), nullable=False),
    sa.CheckConstraint("deputy_id <> absent_id", name=op.f("ck_deputy_is_somebody_else")),
    sa.CheckConstraint("until >= since", name=op.f("ck_deputy_ends_after_it_begins")),
    sa.ForeignKeyConstraint(["absent_id"], ["user.id"], name=op.f("fk_deputy_absent_id")),
    sa.ForeignKeyConstraint(["deputy_id"], ["user.id"], name=op.f("fk_deputy_deputy_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_deputy"))
    )
    with op.batch_alter_table("deputy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deputy_absent_id"), ["absent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_deputy_deputy_id"), ["deputy_id"], unique=False)

    op.create_table("duty",
    sa.Column("subject_type", sa.String(length=40), nullable=False),
    sa.Column("subject_id", sa.Integer(), nullable=False),
    sa.Column("rule", sa.String(length=40), nullable=False),
    sa.Column("since", sa.Date(), nullable=False),
    sa.Column("start_on", sa.Date(), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=False),
    sa.Column("why", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.Column("met_on", sa.Date(), nullable=True),
    sa.Column("bearer", sa.Enum("own", "enterprise", "party", "authority", name="bearer", native_enum=False, length=20), nullable=False),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_duty_owner_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_duty_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    sa.UniqueConstraint("subject_type", "subject_id", "rule", "start_on", name=op.f("uq_duty_subject_type_subject_id_rule_start_on"))
    )
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.create_index("ix_duty_kind", ["subject_type", "due_on", "bearer", "subject_id"], unique=False, sqlite_where=sa.text("met_on IS NULL"), postgresql_where=sa.text("met_on IS NULL"))
        batch_op.create_index("ix_duty_met", ["owner_id", "met_on"], unique=False, sqlite_where=sa.text("met_on IS NOT NULL"), postgresql_where=sa.text("met_on IS NOT NULL"))
        batch_op.create_index("ix_duty_mine", ["owner_id", "due_on", "id"], unique=False, sqlite_where=sa.text("met_on IS NULL"), postgresql_where=sa.text("met_on IS NULL"))
        batch_op.create_index("ix_duty_open", ["due_on", "id"], unique=False, sqlite_where=sa.text("met_on IS NULL"), postgresql_where=sa.text("met_on IS NULL"))
        batch_op.create_index("ix_duty_unit", ["unit_id", "due_on", "id"], unique=False, sqlite_where=sa.text("met_on IS NULL"), postgresql_where=sa.text("met_on IS NULL"))
        batch_op.create_index(batch_op.f("ix_duty_unit_id"), ["unit_id"], unique=False)

    op.create_table("enterprise",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("name", sa.String(length=200), nullable=False),
    sa.Column("name_cut", sa.Boolean(), nullable=False),
    sa.Column("credit_code", sa.String(length=60), nullable=True),
    sa.Column("credit_code_given", sa.String(length=60), nullable=False),
    sa.Column("code_doubt", sa.Enum("missing", "digits_lost", "length", "character", "check", "suffix", "repaired", name="codedoubt", native_enum=False, length=20), nullable=True),
    sa.Column("code_confirmed", sa.Boolean(), nullable=False),
    sa.Column("former_names", sa.String(length=400), nullable=False),
    sa.Column("kind", sa.Enum("key", "catering", "discharger", "other", name="enterpriseclass", native_enum=False, length=20), nullable=False),
    sa.Column("key", sa.Boolean(), nullable=False),
    sa.Column("catering", sa.Boolean(), nullable=False),
    sa.Column("discharger", sa.Boolean(), nullable=False),
    sa.Column("industry", sa.String(length=80), nullable=False),
    sa.Column("city", sa.String(length=40), nullable=False),
    sa.Column("street_id", sa.Integer(), nullable=True),
    sa.Column("address", sa.String(length=200), nullable=False),
    sa.Column("longitude", sa.Double(), nullable=True),
    sa.Column("latitude", sa.Double(), nullable=True),
    sa.Column("legal_person", sa.String(length=60), nullable=False),
    sa.Column("contact", sa.String(length=60), nullable=False),
    sa.Column("phone", sa.String(length=60), nullable=False),
    sa.Column("air_pollutants", sa.Text(), nullable=False),
    sa.Column("air_standards", sa.Text(), nullable=False),
    sa.Column("water_pollutants", sa.Text(), nullable=False),
    sa.Column("water_standards", sa.Text(), nullable=False),
    sa.Column("note", sa.Text(), nullable=False),
    sa.Column("officer_id", sa.Integer(), nullable=True),
    sa.Column("registered_on", sa.Date(), nullable=True),
    sa.Column("state", sa.Enum("operating", "stopped", "closed", "converted", "relocated", "void", name="enterprisestate", native_enum=False, length=20), nullable=False),
    sa.Column("state_on", sa.Date(), nullable=True),
    sa.Column("stopped_on", sa.Date(), nullable=True),
    sa.Column("closed_on", sa.Date(), nullable=True),
    sa.Column("converted_on", sa.Date(), nullable=True),
    sa.Column("relocated_on", sa.Date(), nullable=True),
    sa.Column("resumed_on", sa.Date(), nullable=True),
    sa.Column("recheck_on", sa.Date(), nullable=True),
    sa.Column("rechecked_on", sa.Date(), nullable=True),
    sa.Column("last_rechecked_on", sa.Date(), nullable=True),
    sa.Column("relapsed", sa.Boolean(), nullable=False),
    sa.Column("relapsed_on", sa.Date(), nullable=True),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("NOT relapsed OR relapsed_on IS NOT NULL", name=op.f("ck_enterprise_relapsed_has_date")),
    sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_enterprise_latitude_on_earth")),
    sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_enterprise_longitude_on_earth")),
    sa.ForeignKeyConstraint(["officer_id"], ["user.id"], name=op.f("fk_enterprise_officer_id")),
    sa.ForeignKeyConstraint(["street_id"], ["unit.id"], name=op.f("fk_enterprise_street_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_enterprise_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprise")),
    sa.UniqueConstraint("no", name=op.f("uq_enterprise_no"))
    )
    with op.batch_alter_table("enterprise", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enterprise_closed_on"), ["closed_on"], unique=False)
        batch_op.create_index("ix_enterprise_code", ["credit_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_enterprise_converted_on"), ["converted_on"], unique=False)
        batch_op.create_index("ix_enterprise_name", ["name"], unique=False)
        batch_op.create_index(batch_op.f("ix_enterprise_relapsed_on"), ["relapsed_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_enterprise_relocated_on"), ["relocated_on"], unique=False)
        batch_op.create_index("ix_enterprise_state", ["state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enterprise_stopped_on"), ["stopped_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_enterprise_street_id"), ["street_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enterprise_unit_id"), ["unit_id"], unique=False)

    op.create_table("handover",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("from_id", sa.Integer(), nullable=False),
    sa.Column("to_id", sa.Integer(), nullable=False),
    sa.Column("by_id", sa.Integer(), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("remark", sa.Text(), nullable=False),
    sa.Column("duties", sa.Integer(), nullable=False),
    sa.Column("items", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("from_id <> to_id", name=op.f("ck_handover_is_somebody_else")),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_handover_by_id")),
    sa.ForeignKeyConstraint(["from_id"], ["user.id"], name=op.f("fk_handover_from_id")),
    sa.ForeignKeyConstraint(["to_id"], ["user.id"], name=op.f("fk_handover_to_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_handover_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    sa.UniqueConstraint("no", name=op.f("uq_handover_no"))
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_from_id"), ["from_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_to_id"), ["to_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_unit_id"), ["unit_id"], unique=False)

    op.create_table("log_entry",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("actor_id", sa.Integer(), nullable=True),
    sa.Column("actor", sa.String(length=200), nullable=False),
    sa.Column("address", sa.String(length=60), nullable=False),
    sa.Column("act", sa.String(length=20), nullable=False),
    sa.Column("subject_type", sa.String(length=40), nullable=False),
    sa.Column("subject_id", sa.Integer(), nullable=True),
    sa.Column("unit_id", sa.Integer(), nullable=True),
    sa.Column("changes", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.Column("hash", sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_log_entry_actor_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entry"))
    )
    with op.batch_alter_table("log_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_log_entry_at"), ["at"], unique=False)
        batch_op.create_index("ix_log_subject", ["subject_type", "subject_id", "id"], unique=False)

    op.create_table("message",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("person_id", sa.Integer(), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("kind", sa.Enum("due", "late", "escalated", name="messagekind", native_enum=False, length=20), nullable=False),
    sa.Column("subject_type", sa.String(length=40), nullable=False),
    sa.Column("subject_id", sa.Integer(), nullable=False),
    sa.Column("rule", sa.String(length=40), nullable=False),
    sa.Column("start_on", sa.Date(), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=False),
    sa.Column("lead", sa.Integer(), nullable=False),
    sa.Column("title", sa.String(length=400), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("absent_id", sa.Integer(), nullable=True),
    sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(["absent_id"], ["user.id"], name=op.f("fk_message_absent_id")),
    sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_message_person_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_message"))
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_inbox", ["person_id", "id"], unique=False)
        batch_op.create_index("ix_message_undone", ["subject_type", "subject_id"], unique=False, sqlite_where=sa.text("acted_at IS NULL"), postgresql_where=sa.text("acted_at IS NULL"))
        batch_op.create_index("ix_message_unread", ["person_id"], unique=False, sqlite_where=sa.text("read_at IS NULL"), postgresql_where=sa.text("read_at IS NULL"))

    op.create_table("password_history",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("user_id", sa.Integer(), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("hash", sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_password_history_user_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_password_history"))
    )
    with op.batch_alter_table("password_history", schema=None) as batch_op:
        batch_op.create_index("ix_password_history_user", ["user_id", "id"], unique=False)

    op.create_table("post",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("user_id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.Column("role", sa.Enum("liaison", "officer", "hotline", "chief", "auditor", "leader", "sysadmin", "secadmin", "logadmin", name="role", native_enum=False, length=20), nullable=False),
    sa.Column("since", sa.Date(), nullable=False),
    sa.Column("until", sa.Date(), nullable=True),
    sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_post_ends_after_it_begins")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_post_unit_id")),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_post_user_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_post"))
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index("ix_post_user", ["user_id", "role"], unique=False)

    op.create_table("report",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("year", sa.Integer(), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("state", sa.Enum("draft", "countersigning", "approved", "sealed", name="reportstate", native_enum=False, length=20), nullable=False),
    sa.Column("round", sa.Integer(), nullable=False),
    sa.Column("drafted_by_id", sa.Integer(), nullable=True),
    sa.Column("approved_by_id", sa.Integer(), nullable=True),
    sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("sealed_by_id", sa.Integer(), nullable=True),
    sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("until", sa.Date(), nullable=True),
    sa.Column("rendered", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True),
    sa.Column("content_digest", sa.String(length=64), nullable=True),
    sa.Column("pdf_digest", sa.String(length=64), nullable=True),
    sa.Column("digest", sa.String(length=64), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'sealed') = (digest IS NOT NULL)", name=op.f("ck_report_sealed_has_digest")),
    sa.CheckConstraint("(digest IS NULL) = (pdf_digest IS NULL)", name=op.f("ck_report_sealed_has_paper")),
    sa.CheckConstraint("sealed_by_id IS NULL OR sealed_by_id <> approved_by_id", name=op.f("ck_report_two_people")),
    sa.ForeignKeyConstraint(["approved_by_id"], ["user.id"], name=op.f("fk_report_approved_by_id")),
    sa.ForeignKeyConstraint(["drafted_by_id"], ["user.id"], name=op.f("fk_report_drafted_by_id")),
    sa.ForeignKeyConstraint(["sealed_by_id"], ["user.id"], name=op.f("fk_report_sealed_by_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_report_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    sa.UniqueConstraint("no", name=op.f("uq_report_no")),
    sa.UniqueConstraint("year", name=op.f("uq_report_year"))
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_unit_id"), ["unit_id"], unique=False)

    op.create_table("sheet_upload",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("intake", sa.String(length=40), nullable=False),
    sa.Column("name", sa.String(length=200), nullable=False),
    sa.Column("digest", sa.String(length=64), nullable=False),
    sa.Column("by_id", sa.Integer(), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=True),
    sa.Column("historical", sa.Boolean(), nullable=True),
    sa.Column("mapping", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True),
    sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("rows", sa.Integer(), nullable=True),
    sa.Column("findings", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_sheet_upload_by_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_sheet_upload_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_upload"))
    )
    with op.batch_alter_table("sheet_upload", schema=None) as batch_op:
        batch_op.create_index("ix_sheet_upload_by", ["by_id", "id"], unique=False)
        batch_op.create_index("ix_sheet_upload_digest", ["digest", "intake"], unique=False)

    op.create_table("step",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("subject_type", sa.String(length=40), nullable=False),
    sa.Column("subject_id", sa.Integer(), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("by_id", sa.Integer(), nullable=True),
    sa.Column("move", sa.String(length=40), nullable=False),
    sa.Column("before", sa.String(length=20), nullable=False),
    sa.Column("after", sa.String(length=20), nullable=False),
    sa.Column("remark", sa.Text(), nullable=False),
    sa.Column("alarm", sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_step_by_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_step"))
    )
    with op.batch_alter_table("step", schema=None) as batch_op:
        batch_op.create_index("ix_step_subject", ["subject_type", "subject_id", "id"], unique=False)

    op.create_table("complaint",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("query_code", sa.String(length=12), nullable=False),
    sa.Column("channel", sa.Enum("12369", "12345", "letter", "visit", "web", "superior", "instruction", "other", name="channel", native_enum=False, length=20), nullable=False),
    sa.Column("external_no", sa.String(length=60), nullable=True),
    sa.Column("matter", sa.Enum("complaint", "dispute", name="matter", native_enum=False, length=20), nullable=False),
    sa.Column("medium", sa.Enum("air", "water", "noise", "waste", "fume", "odour", "other", name="medium", native_enum=False, length=20), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("place", sa.String(length=200), nullable=False),
    sa.Column("enterprise_id", sa.Integer(), nullable=True),
    sa.Column("enterprise_name", sa.String(length=200), nullable=False),
    sa.Column("document_no", sa.String(length=80), nullable=False),
    sa.Column("document_due_on", sa.Date(), nullable=True),
    sa.Column("identity", sa.Enum("open", "confidential", "anonymous", name="identity", native_enum=False, length=20), nullable=False),
    sa.Column("complainant", sa.Text(), nullable=True),
    sa.Column("phone", sa.Text(), nullable=True),
    sa.Column("phone_key", sa.String(length=32), nullable=True),
    sa.Column("state", sa.Enum("registered", "accepted", "refused", "transferred", "objected", "assigned", "returned", "investigating", "handled", "answered", "revisited", "closed", "reviewing", "rechecking", "void", name="complaintstate", native_enum=False, length=20), nullable=False),
    sa.Column("taken_by_id", sa.Integer(), nullable=False),
    sa.Column("handler_id", sa.Integer(), nullable=True),
    sa.Column("received_on", sa.Date(), nullable=False),
    sa.Column("decided_on", sa.Date(), nullable=True),
    sa.Column("notified_on", sa.Date(), nullable=True),
    sa.Column("accepted_on", sa.Date(), nullable=True),
    sa.Column("assigned_on", sa.Date(), nullable=True),
    sa.Column("investigated_on", sa.Date(), nullable=True),
    sa.Column("handled_on", sa.Date(), nullable=True),
    sa.Column("answered_on", sa.Date(), nullable=True),
    sa.Column("revisited_on", sa.Date(), nullable=True),
    sa.Column("concluded_on", sa.Date(), nullable=True),
    sa.Column("closed_on", sa.Date(), nullable=True),
    sa.Column("reopened_on", sa.Date(), nullable=True),
    sa.Column("review_asked_on", sa.Date(), nullable=True),
    sa.Column("review_decided_on", sa.Date(), nullable=True),
    sa.Column("recheck_asked_on", sa.Date(), nullable=True),
    sa.Column("recheck_decided_on", sa.Date(), nullable=True),
    sa.Column("transferred_to", sa.String(length=120), nullable=False),
    sa.Column("handling", sa.Text(), nullable=False),
    sa.Column("satisfaction", sa.Enum("satisfied", "fair", "dissatisfied", "unreached", name="satisfaction", native_enum=False, length=20), nullable=True),
    sa.Column("extended_days", sa.Integer(), nullable=False),
    sa.Column("extension_asked", sa.Integer(), nullable=True),
    sa.Column("extension_by_id", sa.Integer(), nullable=True),
    sa.Column("historical", sa.Boolean(), nullable=False),
    sa.Column("reported_days", sa.Integer(), nullable=True),
    sa.Column("reported_state", sa.String(length=40), nullable=False),
    sa.Column("reported_channel", sa.String(length=40), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(identity <> 'anonymous') OR (complainant IS NULL)", name=op.f("ck_complaint_anonymous_has_no_name")),
    sa.CheckConstraint("(state <> 'closed') OR historical OR (closed_on IS NOT NULL)", name=op.f("ck_complaint_closed_has_date")),
    sa.CheckConstraint("extended_days BETWEEN 0 AND 30", name=op.f("ck_complaint_extension_within_law")),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_complaint_enterprise_id")),
    sa.ForeignKeyConstraint(["extension_by_id"], ["user.id"], name=op.f("fk_complaint_extension_by_id")),
    sa.ForeignKeyConstraint(["handler_id"], ["user.id"], name=op.f("fk_complaint_handler_id")),
    sa.ForeignKeyConstraint(["taken_by_id"], ["user.id"], name=op.f("fk_complaint_taken_by_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_complaint_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
    sa.UniqueConstraint("channel", "external_no", name=op.f("uq_complaint_channel_external_no")),
    sa.UniqueConstraint("no", name=op.f("uq_complaint_no"))
    )
    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.create_index("ix_complaint_closed", ["closed_on"], unique=False)
        batch_op.create_index("ix_complaint_enterprise", ["enterprise_id", "received_on"], unique=False)
        batch_op.create_index("ix_complaint_phone", ["phone_key"], unique=False)
        batch_op.create_index("ix_complaint_place", ["place", "received_on"], unique=False)
        batch_op.create_index("ix_complaint_received", ["received_on", "id"], unique=False)
        batch_op.create_index("ix_complaint_state", ["state", "received_on", "id"], unique=False)
        batch_op.create_index("ix_complaint_unit", ["unit_id", "received_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_complaint_unit_id"), ["unit_id"], unique=False)

    op.create_table("correction_order",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("kind", sa.Enum("supervision", "internal", name="orderkind", native_enum=False, length=20), nullable=False),
    sa.Column("enterprise_id", sa.Integer(), nullable=True),
    sa.Column("party", sa.String(length=200), nullable=False),
    sa.Column("source", sa.String(length=60), nullable=False),
    sa.Column("demand", sa.Text(), nullable=False),
    sa.Column("state", sa.Enum("draft", "issued", "corrected", "failed", "closed", "void", name="orderstate", native_enum=False, length=20), nullable=False),
    sa.Column("officer_id", sa.Integer(), nullable=True),
    sa.Column("checker_id", sa.Integer(), nullable=True),
    sa.Column("issued_by_id", sa.Integer(), nullable=True),
    sa.Column("issued_on", sa.Date(), nullable=True),
    sa.Column("due_on", sa.Date(), nullable=True),
    sa.Column("extended_days", sa.Integer(), nullable=False),
    sa.Column("ends_on", sa.Date(), nullable=True),
    sa.Column("extension_asked", sa.Integer(), nullable=True),
    sa.Column("extension_by_id", sa.Integer(), nullable=True),
    sa.Column("corrected_on", sa.Date(), nullable=True),
    sa.Column("report", sa.Text(), nullable=False),
    sa.Column("recheck_planned_on", sa.Date(), nullable=True),
    sa.Column("rechecked_on", sa.Date(), nullable=True),
    sa.Column("passed", sa.Boolean(), nullable=True),
    sa.Column("verified_by_id", sa.Integer(), nullable=True),
    sa.Column("closed_on", sa.Date(), nullable=True),
    sa.Column("round", sa.Integer(), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(state <> 'closed') OR (closed_on IS NOT NULL)", name=op.f("ck_correction_order_closed_has_date")),
    sa.CheckConstraint("(state IN ('draft', 'void')) OR (due_on IS NOT NULL)", name=op.f("ck_correction_order_issued_has_term")),
    sa.CheckConstraint("extended_days BETWEEN 0 AND 60", name=op.f("ck_correction_order_extension_within_rule")),
    sa.CheckConstraint("verified_by_id IS NULL OR issued_by_id IS NULL OR verified_by_id <> issued_by_id", name=op.f("ck_correction_order_verified_by_another")),
    sa.ForeignKeyConstraint(["checker_id"], ["user.id"], name=op.f("fk_correction_order_checker_id")),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_correction_order_enterprise_id")),
    sa.ForeignKeyConstraint(["extension_by_id"], ["user.id"], name=op.f("fk_correction_order_extension_by_id")),
    sa.ForeignKeyConstraint(["issued_by_id"], ["user.id"], name=op.f("fk_correction_order_issued_by_id")),
    sa.ForeignKeyConstraint(["officer_id"], ["user.id"], name=op.f("fk_correction_order_officer_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_correction_order_unit_id")),
    sa.ForeignKeyConstraint(["verified_by_id"], ["user.id"], name=op.f("fk_correction_order_verified_by_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_order")),
    sa.UniqueConstraint("no", name=op.f("uq_correction_order_no"))
    )
    with op.batch_alter_table("correction_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_correction_order_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index("ix_order_closed", ["closed_on"], unique=False)
        batch_op.create_index("ix_order_enterprise", ["enterprise_id", "issued_on"], unique=False)
        batch_op.create_index("ix_order_issued", ["issued_on", "id"], unique=False)
        batch_op.create_index("ix_order_source", ["source"], unique=False)
        batch_op.create_index("ix_order_state", ["state", "ends_on", "id"], unique=False)

    op.create_table("outlet",
    sa.Column("enterprise_id", sa.Integer(), nullable=False),
    sa.Column("code", sa.String(length=10), nullable=True),
    sa.Column("name", sa.String(length=120), nullable=False),
    sa.Column("medium", sa.Enum("gas", "water", "noise", "rain", name="outletmedium", native_enum=False, length=20), nullable=True),
    sa.Column("longitude", sa.Double(), nullable=True),
    sa.Column("latitude", sa.Double(), nullable=True),
    sa.Column("signed", sa.Boolean(), nullable=False),
    sa.Column("signed_on", sa.Date(), nullable=True),
    sa.Column("online", sa.Boolean(), nullable=False),
    sa.Column("online_on", sa.Date(), nullable=True),
    sa.Column("pollutants", sa.Text(), nullable=False),
    sa.Column("note", sa.Text(), nullable=False),
    sa.Column("registered_on", sa.Date(), nullable=True),
    sa.Column("state", sa.Enum("in_use", "idle", "void", name="outletstate", native_enum=False, length=20), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_outlet_enterprise_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_outlet_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_outlet"))
    )
    with op.batch_alter_table("outlet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outlet_enterprise_id"), ["enterprise_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outlet_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index("uq_outlet_code", ["enterprise_id", "code"], unique=True, sqlite_where=sa.text("state <> 'void'"), postgresql_where=sa.text("state <> 'void'"))

    op.create_table("permit",
    sa.Column("no", sa.String(length=60), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("enterprise_id", sa.Integer(), nullable=False),
    sa.Column("permit_class", sa.Enum("key", "simplified", "registered", name="permitclass", native_enum=False, length=20), nullable=True),
    sa.Column("authority", sa.Enum("own", "city", "entrusted", name="authority", native_enum=False, length=20), nullable=True),
    sa.Column("origin", sa.Enum("first", "renewal", "change", "reapplied", name="origin", native_enum=False, length=20), nullable=False),
    sa.Column("previous_id", sa.Integer(), nullable=True),
    sa.Column("issued_on", sa.Date(), nullable=True),
    sa.Column("valid_from", sa.Date(), nullable=True),
    sa.Column("valid_to", sa.Date(), nullable=True),
    sa.Column("renewal_applied_on", sa.Date(), nullable=True),
    sa.Column("chased_on", sa.Date(), nullable=True),
    sa.Column("ended_on", sa.Date(), nullable=True),
    sa.Column("entered_on", sa.Date(), nullable=True),
    sa.Column("officer_id", sa.Integer(), nullable=True),
    sa.Column("note", sa.Text(), nullable=False),
    sa.Column("state", sa.Enum("valid", "renewing", "renewed", "changed", "expired", "revoked", "void", name="permitstate", native_enum=False, length=20), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("previous_id IS NULL OR previous_id <> id", name=op.f("ck_permit_follows_another")),
    sa.CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name=op.f("ck_permit_ends_after_it_begins")),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_permit_enterprise_id")),
    sa.ForeignKeyConstraint(["officer_id"], ["user.id"], name=op.f("fk_permit_officer_id")),
    sa.ForeignKeyConstraint(["previous_id"], ["permit.id"], name=op.f("fk_permit_previous_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_permit_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_permit")),
    sa.UniqueConstraint("previous_id", name=op.f("uq_permit_previous_id"))
    )
    with op.batch_alter_table("permit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_permit_ended_on"), ["ended_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_permit_enterprise_id"), ["enterprise_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_permit_issued_on"), ["issued_on"], unique=False)
        batch_op.create_index("ix_permit_state", ["state", "valid_to", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_permit_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_permit_valid_to"), ["valid_to"], unique=False)
        batch_op.create_index("uq_permit_no", ["no"], unique=True, sqlite_where=sa.text("state IN ('valid', 'renewing')"), postgresql_where=sa.text("state IN ('valid', 'renewing')"))

    op.create_table("reminder",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("duty_id", sa.Integer(), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=False),
    sa.Column("lead", sa.Integer(), nullable=False),
    sa.Column("rung", sa.Enum("person", "head", "leader", name="rung", native_enum=False, length=20), nullable=False),
    sa.Column("deputy", sa.Boolean(), nullable=False),
    sa.Column("person_id", sa.Integer(), nullable=True),
    sa.Column("absent_id", sa.Integer(), nullable=True),
    sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(["absent_id"], ["user.id"], name=op.f("fk_reminder_absent_id")),
    sa.ForeignKeyConstraint(["duty_id"], ["duty.id"], name=op.f("fk_reminder_duty_id"), ondelete="CASCADE"),
    sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_reminder_person_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
    sa.UniqueConstraint("duty_id", "due_on", "lead", "rung", "deputy", name=op.f("uq_reminder_duty_id_due_on_lead_rung_deputy"))
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index("ix_reminder_untold", ["person_id", "id"], unique=False, sqlite_where=sa.text("told_at IS NULL"), postgresql_where=sa.text("told_at IS NULL"))

    op.create_table("report_section",
    sa.Column("report_id", sa.Integer(), nullable=False),
    sa.Column("seq", sa.Integer(), nullable=False),
    sa.Column("code", sa.String(length=40), nullable=False),
    sa.Column("level", sa.Integer(), nullable=False),
    sa.Column("kind", sa.Enum("data", "own", name="sectionkind", native_enum=False, length=20), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("ready", sa.Boolean(), nullable=False),
    sa.Column("edited_by_id", sa.Integer(), nullable=True),
    sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["edited_by_id"], ["user.id"], name=op.f("fk_report_section_edited_by_id")),
    sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_section_report_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_report_section_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_report_section")),
    sa.UniqueConstraint("report_id", "code", name="uq_report_section_code"),
    sa.UniqueConstraint("report_id", "seq", name="uq_report_section_seq")
    )
    with op.batch_alter_table("report_section", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_section_unit_id"), ["unit_id"], unique=False)

    op.create_table("sealed_figure",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("report_id", sa.Integer(), nullable=False),
    sa.Column("seq", sa.Integer(), nullable=False),
    sa.Column("code", sa.String(length=60), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("unit", sa.String(length=40), nullable=False),
    sa.Column("value", sa.String(length=40), nullable=True),
    sa.Column("last_year", sa.String(length=40), nullable=True),
    sa.Column("last_sealed", sa.Boolean(), nullable=False),
    sa.Column("of", sa.String(length=40), nullable=True),
    sa.Column("rows", sa.Integer(), nullable=False),
    sa.Column("model", sa.String(length=40), nullable=False),
    sa.Column("digest", sa.String(length=64), nullable=False),
    sa.Column("kept", sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_sealed_figure_report_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_figure")),
    sa.UniqueConstraint("report_id", "code", name=op.f("uq_sealed_figure_report_id_code"))
    )
    op.create_table("answer",
    sa.Column("complaint_id", sa.Integer(), nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("way", sa.Enum("phone", "written", "platform", "in_person", name="way", native_enum=False, length=20), nullable=True),
    sa.Column("given_on", sa.Date(), nullable=True),
    sa.Column("by_id", sa.Integer(), nullable=True),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_answer_by_id")),
    sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_answer_complaint_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_answer_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    sa.UniqueConstraint("complaint_id", "number", name=op.f("uq_answer_complaint_id_number"))
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_unit_id"), ["unit_id"], unique=False)

    op.create_table("correction_item",
    sa.Column("order_id", sa.Integer(), nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("code", sa.String(length=40), nullable=False),
    sa.Column("law", sa.String(length=240), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=True),
    sa.Column("corrected_on", sa.Date(), nullable=True),
    sa.Column("verified_on", sa.Date(), nullable=True),
    sa.Column("source", sa.String(length=60), nullable=True),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["order_id"], ["correction_order.id"], name=op.f("fk_correction_item_order_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_correction_item_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_item")),
    sa.UniqueConstraint("order_id", "number", name=op.f("uq_correction_item_order_id_number")),
    sa.UniqueConstraint("source", name=op.f("uq_correction_item_source"))
    )
    with op.batch_alter_table("correction_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_correction_item_unit_id"), ["unit_id"], unique=False)

    op.create_table("inspection",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("type", sa.Enum("key_industry", "catering", "project", "straw", "smoke_zone", "outlet", "closed_recheck", "order_recheck", "special", "self_check", "system_check", name="inspectiontype", native_enum=False, length=20), nullable=False),
    sa.Column("checklist_id", sa.Integer(), nullable=True),
    sa.Column("enterprise_id", sa.Integer(), nullable=True),
    sa.Column("party", sa.String(length=200), nullable=False),
    sa.Column("place", sa.String(length=200), nullable=False),
    sa.Column("source", sa.String(length=60), nullable=False),
    sa.Column("order_id", sa.Integer(), nullable=True),
    sa.Column("client_key", sa.String(length=60), nullable=True),
    sa.Column("state", sa.Enum("planned", "open", "done", "void", name="inspectionstate", native_enum=False, length=20), nullable=False),
    sa.Column("planned_on", sa.Date(), nullable=False),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("done_on", sa.Date(), nullable=True),
    sa.Column("lead_id", sa.Integer(), nullable=False),
    sa.Column("second_id", sa.Integer(), nullable=True),
    sa.Column("rights_told", sa.Boolean(), nullable=False),
    sa.Column("person_present", sa.String(length=60), nullable=False),
    sa.Column("person_title", sa.String(length=60), nullable=False),
    sa.Column("refusal", sa.Enum("none", "refused", "absent", name="refusal", native_enum=False, length=20), nullable=False),
    sa.Column("refusal_reason", sa.String(length=300), nullable=False),
    sa.Column("witness", sa.String(length=120), nullable=False),
    sa.Column("facility_running", sa.Enum("yes", "no", "na", name="running", native_enum=False, length=20), nullable=True),
    sa.Column("summary", sa.Text(), nullable=False),
    sa.Column("opinion", sa.Text(), nullable=False),
    sa.Column("separate_orders", sa.Boolean(), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(state <> 'done') OR (done_on IS NOT NULL)", name=op.f("ck_inspection_done_has_date")),
    sa.CheckConstraint("second_id IS NULL OR second_id <> lead_id", name=op.f("ck_inspection_second_is_somebody_else")),
    sa.ForeignKeyConstraint(["checklist_id"], ["checklist.id"], name=op.f("fk_inspection_checklist_id")),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_inspection_enterprise_id")),
    sa.ForeignKeyConstraint(["lead_id"], ["user.id"], name=op.f("fk_inspection_lead_id")),
    sa.ForeignKeyConstraint(["order_id"], ["correction_order.id"], name=op.f("fk_inspection_order_id")),
    sa.ForeignKeyConstraint(["second_id"], ["user.id"], name=op.f("fk_inspection_second_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_inspection_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
    sa.UniqueConstraint("client_key", name=op.f("uq_inspection_client_key")),
    sa.UniqueConstraint("no", name=op.f("uq_inspection_no"))
    )
    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.create_index("ix_inspection_done", ["done_on", "id"], unique=False)
        batch_op.create_index("ix_inspection_enterprise", ["enterprise_id", "done_on"], unique=False)
        batch_op.create_index("ix_inspection_order", ["order_id"], unique=False)
        batch_op.create_index("ix_inspection_planned", ["planned_on", "id"], unique=False)
        batch_op.create_index("ix_inspection_source", ["source"], unique=False)
        batch_op.create_index("ix_inspection_state", ["state", "planned_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_unit_id"), ["unit_id"], unique=False)

    op.create_table("permit_limit",
    sa.Column("enterprise_id", sa.Integer(), nullable=False),
    sa.Column("permit_id", sa.Integer(), nullable=True),
    sa.Column("outlet_id", sa.Integer(), nullable=True),
    sa.Column("outlet", sa.String(length=120), nullable=False),
    sa.Column("pollutant", sa.String(length=80), nullable=False),
    sa.Column("value", sa.String(length=30), nullable=False),
    sa.Column("unit_of", sa.String(length=40), nullable=False),
    sa.Column("direction", sa.Enum("max", "min", name="direction", native_enum=False, length=20), nullable=False),
    sa.Column("annual", sa.String(length=30), nullable=False),
    sa.Column("standard", sa.String(length=200), nullable=False),
    sa.Column("void", sa.Boolean(), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_permit_limit_enterprise_id")),
    sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], name=op.f("fk_permit_limit_outlet_id")),
    sa.ForeignKeyConstraint(["permit_id"], ["permit.id"], name=op.f("fk_permit_limit_permit_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_permit_limit_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_permit_limit"))
    )
    with op.batch_alter_table("permit_limit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_permit_limit_enterprise_id"), ["enterprise_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_permit_limit_outlet_id"), ["outlet_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_permit_limit_permit_id"), ["permit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_permit_limit_unit_id"), ["unit_id"], unique=False)

    op.create_table("permit_review",
    sa.Column("permit_id", sa.Integer(), nullable=False),
    sa.Column("no", sa.String(length=60), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("year", sa.Integer(), nullable=False),
    sa.Column("from_on", sa.Date(), nullable=False),
    sa.Column("reviewed_on", sa.Date(), nullable=True),
    sa.Column("result", sa.Enum("passed", "rectify", "failed", name="reviewresult", native_enum=False, length=20), nullable=True),
    sa.Column("reviewer_id", sa.Integer(), nullable=True),
    sa.Column("note", sa.Text(), nullable=False),
    sa.Column("excused", sa.Boolean(), nullable=False),
    sa.Column("state", sa.Enum("open", "done", "withdrawn", name="reviewstate", native_enum=False, length=20), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'done' OR reviewed_on IS NOT NULL", name=op.f("ck_permit_review_done_has_date")),
    sa.CheckConstraint("(reviewed_on IS NULL) = (result IS NULL)", name=op.f("ck_permit_review_done_has_result")),
    sa.ForeignKeyConstraint(["permit_id"], ["permit.id"], name=op.f("fk_permit_review_permit_id")),
    sa.ForeignKeyConstraint(["reviewer_id"], ["user.id"], name=op.f("fk_permit_review_reviewer_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_permit_review_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_permit_review")),
    sa.UniqueConstraint("permit_id", "from_on", name=op.f("uq_permit_review_permit_id_from_on"))
    )
    with op.batch_alter_table("permit_review", schema=None) as batch_op:
        batch_op.create_index("ix_permit_review_from", ["from_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_permit_review_reviewed_on"), ["reviewed_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_permit_review_unit_id"), ["unit_id"], unique=False)

    op.create_table("check_line",
    sa.Column("inspection_id", sa.Integer(), nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("item_id", sa.Integer(), nullable=True),
    sa.Column("order_item_id", sa.Integer(), nullable=True),
    sa.Column("code", sa.String(length=40), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("law", sa.String(length=240), nullable=False),
    sa.Column("severity", sa.Enum("serious", "normal", name="severity", native_enum=False, length=20), nullable=False),
    sa.Column("days", sa.Integer(), nullable=False),
    sa.Column("verdict", sa.Enum("conforms", "fails", "na", name="verdict", native_enum=False, length=20), nullable=True),
    sa.Column("remark", sa.Text(), nullable=False),
    sa.Column("remedy", sa.Enum("order", "fixed", "noted", name="remedy", native_enum=False, length=20), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=True),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name=op.f("fk_check_line_inspection_id")),
    sa.ForeignKeyConstraint(["item_id"], ["checklist_item.id"], name=op.f("fk_check_line_item_id")),
    sa.ForeignKeyConstraint(["order_item_id"], ["correction_item.id"], name=op.f("fk_check_line_order_item_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_check_line_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_check_line")),
    sa.UniqueConstraint("inspection_id", "number", name=op.f("uq_check_line_inspection_id_number"))
    )
    with op.batch_alter_table("check_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_check_line_unit_id"), ["unit_id"], unique=False)

    op.create_table("inspection_finding",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("inspection_id", sa.Integer(), nullable=False),
    sa.Column("line_id", sa.Integer(), nullable=False),
    sa.Column("enterprise_id", sa.Integer(), nullable=True),
    sa.Column("order_id", sa.Integer(), nullable=True),
    sa.Column("found_on", sa.Date(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("severity", sa.Enum("serious", "normal", name="severity", native_enum=False, length=20), nullable=False),
    sa.Column("remedy", sa.Enum("order", "fixed", "noted", name="remedy", native_enum=False, length=20), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=True),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_inspection_finding_enterprise_id")),
    sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name=op.f("fk_inspection_finding_inspection_id")),
    sa.ForeignKeyConstraint(["line_id"], ["check_line.id"], name=op.f("fk_inspection_finding_line_id")),
    sa.ForeignKeyConstraint(["order_id"], ["correction_order.id"], name=op.f("fk_inspection_finding_order_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_inspection_finding_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_finding")),
    sa.UniqueConstraint("line_id", name=op.f("uq_inspection_finding_line_id")),
    sa.UniqueConstraint("no", name=op.f("uq_inspection_finding_no"))
    )
    with op.batch_alter_table("inspection_finding", schema=None) as batch_op:
        batch_op.create_index("ix_finding_found", ["found_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_finding_enterprise_id"), ["enterprise_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_finding_inspection_id"), ["inspection_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_finding_order_id"), ["order_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_finding_unit_id"), ["unit_id"], unique=False)
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_fts")
    with op.batch_alter_table("inspection_finding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inspection_finding_unit_id"))
        batch_op.drop_index(batch_op.f("ix_inspection_finding_order_id"))
        batch_op.drop_index(batch_op.f("ix_inspection_finding_inspection_id"))
        batch_op.drop_index(batch_op.f("ix_inspection_finding_enterprise_id"))
        batch_op.drop_index("ix_finding_found")

    op.drop_table("inspection_finding")
    with op.batch_alter_table("check_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_check_line_unit_id"))

    op.drop_table("check_line")
    with op.batch_alter_table("permit_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_permit_review_unit_id"))
        batch_op.drop_index(batch_op.f("ix_permit_review_reviewed_on"))
        batch_op.drop_index("ix_permit_review_from")

    op.drop_table("permit_review")
    with op.batch_alter_table("permit_limit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_permit_limit_unit_id"))
        batch_op.drop_index(batch_op.f("ix_permit_limit_permit_id"))
        batch_op.drop_index(batch_op.f("ix_permit_limit_outlet_id"))
        batch_op.drop_index(batch_op.f("ix_permit_limit_enterprise_id"))

    op.drop_table("permit_limit")
    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inspection_unit_id"))
        batch_op.drop_index("ix_inspection_state")
        batch_op.drop_index("ix_inspection_source")
        batch_op.drop_index("ix_inspection_planned")
        batch_op.drop_index("ix_inspection_order")
        batch_op.drop_index("ix_inspection_enterprise")
        batch_op.drop_index("ix_inspection_done")

    op.drop_table("inspection")
    with op.batch_alter_table("correction_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_correction_item_unit_id"))

    op.drop_table("correction_item")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_unit_id"))

    op.drop_table("answer")
    op.drop_table("sealed_figure")
    with op.batch_alter_table("report_section", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_section_unit_id"))

    op.drop_table("report_section")
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index("ix_reminder_untold", sqlite_where=sa.text("told_at IS NULL"), postgresql_where=sa.text("told_at IS NULL"))

    op.drop_table("reminder")
    with op.batch_alter_table("permit", schema=None) as batch_op:
        batch_op.drop_index("uq_permit_no", sqlite_where=sa.text("state IN ('valid', 'renewing')"), postgresql_where=sa.text("state IN ('valid', 'renewing')"))
        batch_op.drop_index(batch_op.f("ix_permit_valid_to"))
        batch_op.drop_index(batch_op.f("ix_permit_unit_id"))
        batch_op.drop_index("ix_permit_state")
        batch_op.drop_index(batch_op.f("ix_permit_issued_on"))
        batch_op.drop_index(batch_op.f("ix_permit_enterprise_id"))
        batch_op.drop_index(batch_op.f("ix_permit_ended_on"))

    op.drop_table("permit")
    with op.batch_alter_table("outlet", schema=None) as batch_op:
        batch_op.drop_index("uq_outlet_code", sqlite_where=sa.text("state <> 'void'"), postgresql_where=sa.text("state <> 'void'"))
        batch_op.drop_index(batch_op.f("ix_outlet_unit_id"))
        batch_op.drop_index(batch_op.f("ix_outlet_enterprise_id"))

    op.drop_table("outlet")
    with op.batch_alter_table("correction_order", schema=None) as batch_op:
        batch_op.drop_index("ix_order_state")
        batch_op.drop_index("ix_order_source")
        batch_op.drop_index("ix_order_issued")
        batch_op.drop_index("ix_order_enterprise")
        batch_op.drop_index("ix_order_closed")
        batch_op.drop_index(batch_op.f("ix_correction_order_unit_id"))

    op.drop_table("correction_order")
    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_complaint_unit_id"))
        batch_op.drop_index("ix_complaint_unit")
        batch_op.drop_index("ix_complaint_state")
        batch_op.drop_index("ix_complaint_received")
        batch_op.drop_index("ix_complaint_place")
        batch_op.drop_index("ix_complaint_phone")
        batch_op.drop_index("ix_complaint_enterprise")
        batch_op.drop_index("ix_complaint_closed")

    op.drop_table("complaint")
    with op.batch_alter_table("step", schema=None) as batch_op:
        batch_op.drop_index("ix_step_subject")

    op.drop_table("step")
    with op.batch_alter_table("sheet_upload", schema=None) as batch_op:
        batch_op.drop_index("ix_sheet_upload_digest")
        batch_op.drop_index("ix_sheet_upload_by")

    op.drop_table("sheet_upload")
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_unit_id"))

    op.drop_table("report")
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_index("ix_post_user")
        batch_op.drop_index(batch_op.f("ix_post_unit_id"))

    op.drop_table("post")
    with op.batch_alter_table("password_history", schema=None) as batch_op:
        batch_op.drop_index("ix_password_history_user")

    op.drop_table("password_history")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_unread", sqlite_where=sa.text("read_at IS NULL"), postgresql_where=sa.text("read_at IS NULL"))
        batch_op.drop_index("ix_message_undone", sqlite_where=sa.text("acted_at IS NULL"), postgresql_where=sa.text("acted_at IS NULL"))
        batch_op.drop_index("ix_message_inbox")

    op.drop_table("message")
    with op.batch_alter_table("log_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_log_subject")
        batch_op.drop_index(batch_op.f("ix_log_entry_at"))

    op.drop_table("log_entry")
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handover_unit_id"))
        batch_op.drop_index(batch_op.f("ix_handover_to_id"))
        batch_op.drop_index(batch_op.f("ix_handover_from_id"))

    op.drop_table("handover")
    with op.batch_alter_table("enterprise", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enterprise_unit_id"))
        batch_op.drop_index(batch_op.f("ix_enterprise_street_id"))
        batch_op.drop_index(batch_op.f("ix_enterprise_stopped_on"))
        batch_op.drop_index("ix_enterprise_state")
        batch_op.drop_index(batch_op.f("ix_enterprise_relocated_on"))
        batch_op.drop_index(batch_op.f("ix_enterprise_relapsed_on"))
        batch_op.drop_index("ix_enterprise_name")
        batch_op.drop_index(batch_op.f("ix_enterprise_converted_on"))
        batch_op.drop_index("ix_enterprise_code")
        batch_op.drop_index(batch_op.f("ix_enterprise_closed_on"))

    op.drop_table("enterprise")
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_unit_id"))
        batch_op.drop_index("ix_duty_unit", sqlite_where=sa.text("met_on IS NULL"), postgresql_where=sa.text("met_on IS NULL"))
        batch_op.drop_index("ix_duty_open", sqlite_where=sa.text("met_on IS NULL"), postgresql_where=sa.text("met_on IS NULL"))
        batch_op.drop_index("ix_duty_mine", sqlite_where=sa.text("met_on IS NULL"), postgresql_where=sa.text("met_on IS NULL"))
        batch_op.drop_index("ix_duty_met", sqlite_where=sa.text("met_on IS NOT NULL"), postgresql_where=sa.text("met_on IS NOT NULL"))
        batch_op.drop_index("ix_duty_kind", sqlite_where=sa.text("met_on IS NULL"), postgresql_where=sa.text("met_on IS NULL"))

    op.drop_table("duty")
    with op.batch_alter_table("deputy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deputy_deputy_id"))
        batch_op.drop_index(batch_op.f("ix_deputy_absent_id"))

    op.drop_table("deputy")
    op.drop_table("checklist_item")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index("ix_attachment_subject")
        batch_op.drop_index(batch_op.f("ix_attachment_digest"))

    op.drop_table("attachment")
    op.drop_table("workday")
    op.drop_table("user")
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_path"))

    op.drop_table("unit")
    op.drop_table("slot")
    op.drop_table("setting")
    op.drop_table("sequence")
    op.drop_table("search_text")
    op.drop_table("rule")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_due", sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))

    op.drop_table("outbox")
    op.drop_table("log_head")
    op.drop_table("checklist")
