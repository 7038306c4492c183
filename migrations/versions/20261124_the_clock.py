"""The clock: what the bureau made of a rule, pauses, what comes round, who was told by which channel."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("feed",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("person_id", sa.Integer(), nullable=False),
    sa.Column("hash", sa.String(length=64), nullable=False),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("events", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_feed_person_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
    sa.UniqueConstraint("hash", name=op.f("uq_feed_hash")),
    sa.UniqueConstraint("person_id", name=op.f("uq_feed_person_id"))
    )
    op.create_table("pause",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("subject_type", sa.String(length=40), nullable=False),
    sa.Column("subject_id", sa.Integer(), nullable=False),
    sa.Column("rule", sa.String(length=40), nullable=False),
    sa.Column("kind", sa.Enum("hearing", "expert", "monitoring", "notice", "service", "third_party", "objection", name="pausekind", native_enum=False, length=20), nullable=False),
    sa.Column("from_on", sa.Date(), nullable=False),
    sa.Column("until_on", sa.Date(), nullable=True),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.Column("by_id", sa.Integer(), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended_by_id", sa.Integer(), nullable=True),
    sa.CheckConstraint("until_on IS NULL OR until_on >= from_on", name=op.f("ck_pause_ends_after_it_begins")),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_pause_by_id")),
    sa.ForeignKeyConstraint(["ended_by_id"], ["user.id"], name=op.f("fk_pause_ended_by_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_pause"))
    )
    with op.batch_alter_table("pause", schema=None) as batch_op:
        batch_op.create_index("ix_pause_subject", ["subject_type", "subject_id", "rule", "from_on"], unique=False)
        batch_op.create_index("uq_pause_running", ["subject_type", "subject_id", "rule"], unique=True, sqlite_where=sa.text("until_on IS NULL"), postgresql_where=sa.text("until_on IS NULL"))

    op.create_table("recount",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("about", sa.String(length=60), nullable=False),
    sa.Column("said", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.Column("reason", sa.String(length=200), nullable=False),
    sa.Column("by_id", sa.Integer(), nullable=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("left", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.Column("last", sa.Integer(), nullable=False),
    sa.Column("total", sa.Integer(), nullable=False),
    sa.Column("done", sa.Integer(), nullable=False),
    sa.Column("moved", sa.Integer(), nullable=False),
    sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("error", sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_recount_by_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_recount"))
    )
    with op.batch_alter_table("recount", schema=None) as batch_op:
        batch_op.create_index("ix_recount_about", ["about", "id"], unique=False)

    op.create_table("robot",
    sa.Column("name", sa.String(length=60), nullable=False),
    sa.Column("channel", sa.Enum("inbox", "mail", "wecom", "dingtalk", "alarm", name="channel", native_enum=False, length=20), nullable=False),
    sa.Column("url", sa.Text(), nullable=True),
    sa.Column("secret", sa.Text(), nullable=True),
    sa.Column("enabled", sa.Boolean(), nullable=False),
    sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("error", sa.String(length=200), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_robot_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_robot"))
    )
    with op.batch_alter_table("robot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_robot_unit_id"), ["unit_id"], unique=False)

    op.create_table("rule_local",
    sa.Column("code", sa.String(length=40), nullable=False),
    sa.Column("from_on", sa.Date(), nullable=False),
    sa.Column("offset", sa.Integer(), nullable=True),
    sa.Column("unit", sa.Enum("calendar_day", "working_day", "month", "year", "hour", "event", "document", "fixed", name="span", native_enum=False, length=20), nullable=True),
    sa.Column("leads", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True),
    sa.Column("ladder", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True),
    sa.Column("reason", sa.String(length=200), nullable=False),
    sa.Column("by_id", sa.Integer(), nullable=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_rule_local_by_id")),
    sa.PrimaryKeyConstraint("code", "from_on", name=op.f("pk_rule_local"))
    )
    op.create_table("task",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("subject_type", sa.String(length=40), nullable=False),
    sa.Column("subject_id", sa.Integer(), nullable=False),
    sa.Column("rule", sa.String(length=40), nullable=False),
    sa.Column("start_on", sa.Date(), nullable=False),
    sa.Column("matter", sa.String(length=120), nullable=False),
    sa.Column("asked", sa.String(length=200), nullable=False),
    sa.Column("basis", sa.Text(), nullable=False),
    sa.Column("matter_due_on", sa.Date(), nullable=False),
    sa.Column("days_late", sa.Integer(), nullable=False),
    sa.Column("source", sa.String(length=200), nullable=False),
    sa.Column("demand", sa.Text(), nullable=False),
    sa.Column("state", sa.Enum("issued", "reported", "returned", "closed", "void", name="taskstate", native_enum=False, length=20), nullable=False),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("issued_by_id", sa.Integer(), nullable=False),
    sa.Column("issued_on", sa.Date(), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=False),
    sa.Column("asked_by_on", sa.Date(), nullable=False),
    sa.Column("replied_on", sa.Date(), nullable=True),
    sa.Column("reported_on", sa.Date(), nullable=True),
    sa.Column("reported_by_id", sa.Integer(), nullable=True),
    sa.Column("report", sa.Text(), nullable=False),
    sa.Column("closed_on", sa.Date(), nullable=True),
    sa.Column("closed_by_id", sa.Integer(), nullable=True),
    sa.Column("round", sa.Integer(), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(state <> 'closed') OR (closed_on IS NOT NULL)", name=op.f("ck_task_closed_has_date")),
    sa.CheckConstraint("(state NOT IN ('reported', 'closed')) OR (reported_on IS NOT NULL)", name=op.f("ck_task_reported_has_date")),
    sa.CheckConstraint("closed_by_id IS NULL OR reported_by_id IS NULL OR closed_by_id <> reported_by_id", name=op.f("ck_task_closed_by_another")),
    sa.ForeignKeyConstraint(["closed_by_id"], ["user.id"], name=op.f("fk_task_closed_by_id")),
    sa.ForeignKeyConstraint(["issued_by_id"], ["user.id"], name=op.f("fk_task_issued_by_id")),
    sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_task_owner_id")),
    sa.ForeignKeyConstraint(["reported_by_id"], ["user.id"], name=op.f("fk_task_reported_by_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_task_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    sa.UniqueConstraint("no", name=op.f("uq_task_no"))
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("ix_task_issued", ["issued_on", "id"], unique=False)
        batch_op.create_index("ix_task_owner", ["owner_id", "state"], unique=False)
        batch_op.create_index("ix_task_replied", ["replied_on"], unique=False)
        batch_op.create_index("ix_task_state", ["state", "due_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index("uq_task_standing", ["subject_type", "subject_id", "rule", "start_on"], unique=True, sqlite_where=sa.text("state IN ('issued', 'reported', 'returned')"), postgresql_where=sa.text("state IN ('issued', 'reported', 'returned')"))

    op.create_table("monitoring_plan",
    sa.Column("permit_id", sa.Integer(), nullable=False),
    sa.Column("outlet_id", sa.Integer(), nullable=True),
    sa.Column("outlet", sa.String(length=120), nullable=False),
    sa.Column("pollutant", sa.String(length=80), nullable=False),
    sa.Column("frequency", sa.Enum("month", "quarter", "half", "year", name="frequency", native_enum=False, length=20), nullable=False),
    sa.Column("from_on", sa.Date(), nullable=True),
    sa.Column("note", sa.String(length=400), nullable=False),
    sa.Column("void", sa.Boolean(), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], name=op.f("fk_monitoring_plan_outlet_id")),
    sa.ForeignKeyConstraint(["permit_id"], ["permit.id"], name=op.f("fk_monitoring_plan_permit_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_monitoring_plan_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_monitoring_plan"))
    )
    with op.batch_alter_table("monitoring_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_monitoring_plan_outlet_id"), ["outlet_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_monitoring_plan_permit_id"), ["permit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_monitoring_plan_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index("uq_monitoring_plan", ["permit_id", "outlet", "pollutant"], unique=True, sqlite_where=sa.text("void = 0"), postgresql_where=sa.text("NOT void"))

    op.create_table("notice",
    sa.Column("channel", sa.Enum("inbox", "mail", "wecom", "dingtalk", "alarm", name="channel", native_enum=False, length=20), nullable=False),
    sa.Column("subject_type", sa.String(length=40), nullable=False),
    sa.Column("subject_id", sa.Integer(), nullable=False),
    sa.Column("no", sa.String(length=60), nullable=False),
    sa.Column("rule", sa.String(length=40), nullable=False),
    sa.Column("asked", sa.String(length=200), nullable=False),
    sa.Column("start_on", sa.Date(), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=False),
    sa.Column("lead", sa.Integer(), nullable=False),
    sa.Column("rung", sa.Enum("person", "head", "leader", "alarm", name="rung", native_enum=False, length=20), nullable=True),
    sa.Column("deputy", sa.Boolean(), nullable=False),
    sa.Column("person_id", sa.Integer(), nullable=True),
    sa.Column("robot_id", sa.Integer(), nullable=True),
    sa.Column("message_id", sa.Integer(), nullable=True),
    sa.Column("outbox_id", sa.Integer(), nullable=True),
    sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("error", sa.String(length=200), nullable=False),
    sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_notice_message_id"), ondelete="SET NULL"),
    sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_notice_outbox_id"), ondelete="SET NULL"),
    sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_notice_person_id")),
    sa.ForeignKeyConstraint(["robot_id"], ["robot.id"], name=op.f("fk_notice_robot_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_notice_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_notice"))
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_due", ["due_on"], unique=False)
        batch_op.create_index("ix_notice_failed", ["raised_at", "id"], unique=False, sqlite_where=sa.text("failed_at IS NOT NULL"), postgresql_where=sa.text("failed_at IS NOT NULL"))
        batch_op.create_index("ix_notice_message", ["message_id"], unique=False)
        batch_op.create_index("ix_notice_outbox", ["outbox_id"], unique=False)
        batch_op.create_index("ix_notice_person", ["person_id", "id"], unique=False)
        batch_op.create_index("ix_notice_raised", ["raised_at", "id"], unique=False)
        batch_op.create_index("ix_notice_subject", ["subject_type", "subject_id", "id"], unique=False)
        batch_op.create_index("ix_notice_undone", ["subject_type", "subject_id", "rule"], unique=False, sqlite_where=sa.text("acted_at IS NULL AND withdrawn_at IS NULL"), postgresql_where=sa.text("acted_at IS NULL AND withdrawn_at IS NULL"))
        batch_op.create_index(batch_op.f("ix_notice_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index("ix_notice_unread", ["raised_at", "id"], unique=False, sqlite_where=sa.text("opened_at IS NULL AND acted_at IS NULL AND withdrawn_at IS NULL"), postgresql_where=sa.text("opened_at IS NULL AND acted_at IS NULL AND withdrawn_at IS NULL"))

    op.create_table("permit_report",
    sa.Column("permit_id", sa.Integer(), nullable=False),
    sa.Column("enterprise_id", sa.Integer(), nullable=False),
    sa.Column("no", sa.String(length=60), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("kind", sa.Enum("month", "quarter", "half", "year", name="frequency", native_enum=False, length=20), nullable=False),
    sa.Column("period", sa.String(length=20), nullable=False),
    sa.Column("first_on", sa.Date(), nullable=False),
    sa.Column("last_on", sa.Date(), nullable=False),
    sa.Column("stated_on", sa.Date(), nullable=True),
    sa.Column("deferred", sa.Boolean(), nullable=False),
    sa.Column("received_on", sa.Date(), nullable=True),
    sa.Column("missed_on", sa.Date(), nullable=True),
    sa.Column("chased_on", sa.Date(), nullable=True),
    sa.Column("exemption", sa.Enum("stopped", "short", "merged", "other", name="exemption", native_enum=False, length=20), nullable=True),
    sa.Column("note", sa.Text(), nullable=False),
    sa.Column("officer_id", sa.Integer(), nullable=True),
    sa.Column("by_id", sa.Integer(), nullable=True),
    sa.Column("state", sa.Enum("due", "received", "exempt", "withdrawn", name="reportstate", native_enum=False, length=20), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'exempt' OR exemption IS NOT NULL", name=op.f("ck_permit_report_exempt_has_ground")),
    sa.CheckConstraint("state <> 'received' OR received_on IS NOT NULL", name=op.f("ck_permit_report_received_has_date")),
    sa.CheckConstraint("last_on >= first_on", name=op.f("ck_permit_report_ends_after_it_begins")),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_permit_report_by_id")),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_permit_report_enterprise_id")),
    sa.ForeignKeyConstraint(["officer_id"], ["user.id"], name=op.f("fk_permit_report_officer_id")),
    sa.ForeignKeyConstraint(["permit_id"], ["permit.id"], name=op.f("fk_permit_report_permit_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_permit_report_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_permit_report")),
    sa.UniqueConstraint("permit_id", "kind", "first_on", name=op.f("uq_permit_report_permit_id_kind_first_on"))
    )
    with op.batch_alter_table("permit_report", schema=None) as batch_op:
        batch_op.create_index("ix_permit_report_enterprise", ["enterprise_id", "last_on"], unique=False)
        batch_op.create_index("ix_permit_report_last", ["last_on", "id"], unique=False)
        batch_op.create_index("ix_permit_report_received", ["received_on"], unique=False)
        batch_op.create_index("ix_permit_report_state", ["state", "last_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_permit_report_unit_id"), ["unit_id"], unique=False)

    op.create_table("report_term",
    sa.Column("permit_id", sa.Integer(), nullable=False),
    sa.Column("kind", sa.Enum("month", "quarter", "half", "year", name="frequency", native_enum=False, length=20), nullable=False),
    sa.Column("months", sa.Integer(), nullable=False),
    sa.Column("day", sa.Integer(), nullable=True),
    sa.Column("merged", sa.Boolean(), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("day BETWEEN 1 AND 31", name=op.f("ck_report_term_day_of_a_month")),
    sa.CheckConstraint("months BETWEEN 1 AND 12", name=op.f("ck_report_term_within_a_year")),
    sa.ForeignKeyConstraint(["permit_id"], ["permit.id"], name=op.f("fk_report_term_permit_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_report_term_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_report_term")),
    sa.UniqueConstraint("permit_id", "kind", name=op.f("uq_report_term_permit_id_kind"))
    )
    with op.batch_alter_table("report_term", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_term_unit_id"), ["unit_id"], unique=False)

    op.create_table("self_monitoring",
    sa.Column("plan_id", sa.Integer(), nullable=False),
    sa.Column("enterprise_id", sa.Integer(), nullable=False),
    sa.Column("no", sa.String(length=60), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("outlet", sa.String(length=120), nullable=False),
    sa.Column("pollutant", sa.String(length=80), nullable=False),
    sa.Column("kind", sa.Enum("month", "quarter", "half", "year", name="frequency", native_enum=False, length=20), nullable=False),
    sa.Column("period", sa.String(length=20), nullable=False),
    sa.Column("first_on", sa.Date(), nullable=False),
    sa.Column("last_on", sa.Date(), nullable=False),
    sa.Column("done_on", sa.Date(), nullable=True),
    sa.Column("exemption", sa.Enum("stopped", "short", "merged", "other", name="exemption", native_enum=False, length=20), nullable=True),
    sa.Column("note", sa.Text(), nullable=False),
    sa.Column("officer_id", sa.Integer(), nullable=True),
    sa.Column("by_id", sa.Integer(), nullable=True),
    sa.Column("state", sa.Enum("due", "done", "exempt", "withdrawn", name="monitoringstate", native_enum=False, length=20), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'done' OR done_on IS NOT NULL", name=op.f("ck_self_monitoring_done_has_date")),
    sa.CheckConstraint("state <> 'exempt' OR exemption IS NOT NULL", name=op.f("ck_self_monitoring_exempt_has_ground")),
    sa.CheckConstraint("last_on >= first_on", name=op.f("ck_self_monitoring_ends_after_it_begins")),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_self_monitoring_by_id")),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_self_monitoring_enterprise_id")),
    sa.ForeignKeyConstraint(["officer_id"], ["user.id"], name=op.f("fk_self_monitoring_officer_id")),
    sa.ForeignKeyConstraint(["plan_id"], ["monitoring_plan.id"], name=op.f("fk_self_monitoring_plan_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_self_monitoring_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_self_monitoring")),
    sa.UniqueConstraint("plan_id", "kind", "first_on", name=op.f("uq_self_monitoring_plan_id_kind_first_on"))
    )
    with op.batch_alter_table("self_monitoring", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_self_monitoring_done_on"), ["done_on"], unique=False)
        batch_op.create_index("ix_self_monitoring_enterprise", ["enterprise_id", "last_on"], unique=False)
        batch_op.create_index("ix_self_monitoring_last", ["last_on", "id"], unique=False)
        batch_op.create_index("ix_self_monitoring_state", ["state", "last_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_self_monitoring_unit_id"), ["unit_id"], unique=False)

    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.add_column(sa.Column("start_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("met_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_duty_hours", ["due_at"], unique=False, sqlite_where=sa.text("met_on IS NULL AND due_at IS NOT NULL"), postgresql_where=sa.text("met_on IS NULL AND due_at IS NOT NULL"))

    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.add_column(sa.Column("month", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_unique_constraint(batch_op.f("uq_inspection_unit_id_month"), ["unit_id", "month"])

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("channel", sa.Enum("inbox", "mail", "wecom", "dingtalk", "alarm", name="channel", native_enum=False, length=20), nullable=False, server_default="mail"))
        batch_op.add_column(sa.Column("person_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("robot_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_outbox_robot", ["robot_id", "tried_at"], unique=False)
        batch_op.create_index("ix_outbox_unsent", ["state", "id"], unique=False, sqlite_where=sa.text("state <> 'sent'"), postgresql_where=sa.text("state <> 'sent'"))
        batch_op.create_foreign_key(batch_op.f("fk_outbox_person_id"), "user", ["person_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_outbox_robot_id"), "robot", ["robot_id"], ["id"])

    with op.batch_alter_table("permit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("renewal_accepted_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("renewal_decided_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("held_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("asked_from", sa.Date(), nullable=True))

    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.add_column(sa.Column("raised_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE reminder SET raised_at = COALESCE(told_at, CURRENT_TIMESTAMP)")
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.alter_column("raised_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.drop_constraint(batch_op.f("uq_reminder_duty_id_due_on_lead_rung_deputy"), type_="unique")
        batch_op.create_index("uq_reminder_alarm", ["duty_id", "due_on", "person_id"], unique=True, sqlite_where=sa.text("rung = 'alarm'"), postgresql_where=sa.text("rung = 'alarm'"))
        batch_op.create_index("uq_reminder_day", ["duty_id", "due_on", "lead", "rung", "person_id"], unique=True, sqlite_where=sa.text("due_at IS NULL"), postgresql_where=sa.text("due_at IS NULL"))
        batch_op.create_index("uq_reminder_hour", ["duty_id", "due_at", "lead", "rung", "person_id"], unique=True, sqlite_where=sa.text("due_at IS NOT NULL"), postgresql_where=sa.text("due_at IS NOT NULL"))
        batch_op.create_index("uq_reminder_nobody", ["duty_id", "due_on"], unique=True, sqlite_where=sa.text("person_id IS NULL"), postgresql_where=sa.text("person_id IS NULL"))

    with op.batch_alter_table("rule", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ladder", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("any_day", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("pauses", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("or_unit", sa.Enum("calendar_day", "working_day", "month", "year", "hour", "event", "document", "fixed", name="span", native_enum=False, length=20), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table("rule", schema=None) as batch_op:
        batch_op.drop_column("or_unit")
        batch_op.drop_column("pauses")
        batch_op.drop_column("any_day")
        batch_op.drop_column("ladder")

    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index("uq_reminder_nobody", sqlite_where=sa.text("person_id IS NULL"), postgresql_where=sa.text("person_id IS NULL"))
        batch_op.drop_index("uq_reminder_hour", sqlite_where=sa.text("due_at IS NOT NULL"), postgresql_where=sa.text("due_at IS NOT NULL"))
        batch_op.drop_index("uq_reminder_day", sqlite_where=sa.text("due_at IS NULL"), postgresql_where=sa.text("due_at IS NULL"))
        batch_op.drop_index("uq_reminder_alarm", sqlite_where=sa.text("rung = 'alarm'"), postgresql_where=sa.text("rung = 'alarm'"))
        batch_op.create_unique_constraint(batch_op.f("uq_reminder_duty_id_due_on_lead_rung_deputy"), ["duty_id", "due_on", "lead", "rung", "deputy"])
        batch_op.drop_column("raised_at")
        batch_op.drop_column("due_at")

    with op.batch_alter_table("permit", schema=None) as batch_op:
        batch_op.drop_column("asked_from")
        batch_op.drop_column("held_from")
        batch_op.drop_column("renewal_decided_on")
        batch_op.drop_column("renewal_accepted_on")

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_outbox_robot_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_outbox_person_id"), type_="foreignkey")
        batch_op.drop_index("ix_outbox_unsent", sqlite_where=sa.text("state <> 'sent'"), postgresql_where=sa.text("state <> 'sent'"))
        batch_op.drop_index("ix_outbox_robot")
        batch_op.drop_column("tried_at")
        batch_op.drop_column("robot_id")
        batch_op.drop_column("person_id")
        batch_op.drop_column("channel")

    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_inspection_unit_id_month"), type_="unique")
        batch_op.drop_column("withdrawn")
        batch_op.drop_column("month")

    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.drop_index("ix_duty_hours", sqlite_where=sa.text("met_on IS NULL AND due_at IS NOT NULL"), postgresql_where=sa.text("met_on IS NULL AND due_at IS NOT NULL"))
        batch_op.drop_column("met_at")
        batch_op.drop_column("due_at")
        batch_op.drop_column("start_at")

    with op.batch_alter_table("self_monitoring", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_self_monitoring_unit_id"))
        batch_op.drop_index("ix_self_monitoring_state")
        batch_op.drop_index("ix_self_monitoring_last")
        batch_op.drop_index("ix_self_monitoring_enterprise")
        batch_op.drop_index(batch_op.f("ix_self_monitoring_done_on"))

    op.drop_table("self_monitoring")
    with op.batch_alter_table("report_term", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_term_unit_id"))

    op.drop_table("report_term")
    with op.batch_alter_table("permit_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_permit_report_unit_id"))
        batch_op.drop_index("ix_permit_report_state")
        batch_op.drop_index("ix_permit_report_received")
        batch_op.drop_index("ix_permit_report_last")
        batch_op.drop_index("ix_permit_report_enterprise")

    op.drop_table("permit_report")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_unread", sqlite_where=sa.text("opened_at IS NULL AND acted_at IS NULL AND withdrawn_at IS NULL"), postgresql_where=sa.text("opened_at IS NULL AND acted_at IS NULL AND withdrawn_at IS NULL"))
        batch_op.drop_index(batch_op.f("ix_notice_unit_id"))
        batch_op.drop_index("ix_notice_undone", sqlite_where=sa.text("acted_at IS NULL AND withdrawn_at IS NULL"), postgresql_where=sa.text("acted_at IS NULL AND withdrawn_at IS NULL"))
        batch_op.drop_index("ix_notice_subject")
        batch_op.drop_index("ix_notice_raised")
        batch_op.drop_index("ix_notice_person")
        batch_op.drop_index("ix_notice_outbox")
        batch_op.drop_index("ix_notice_message")
        batch_op.drop_index("ix_notice_failed", sqlite_where=sa.text("failed_at IS NOT NULL"), postgresql_where=sa.text("failed_at IS NOT NULL"))
        batch_op.drop_index("ix_notice_due")

    op.drop_table("notice")
    with op.batch_alter_table("monitoring_plan", schema=None) as batch_op:
        batch_op.drop_index("uq_monitoring_plan", sqlite_where=sa.text("void = 0"), postgresql_where=sa.text("NOT void"))
        batch_op.drop_index(batch_op.f("ix_monitoring_plan_unit_id"))
        batch_op.drop_index(batch_op.f("ix_monitoring_plan_permit_id"))
        batch_op.drop_index(batch_op.f("ix_monitoring_plan_outlet_id"))

    op.drop_table("monitoring_plan")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index("uq_task_standing", sqlite_where=sa.text("state IN ('issued', 'reported', 'returned')"), postgresql_where=sa.text("state IN ('issued', 'reported', 'returned')"))
        batch_op.drop_index(batch_op.f("ix_task_unit_id"))
        batch_op.drop_index("ix_task_state")
        batch_op.drop_index("ix_task_replied")
        batch_op.drop_index("ix_task_owner")
        batch_op.drop_index("ix_task_issued")

    op.drop_table("task")
    op.drop_table("rule_local")
    with op.batch_alter_table("robot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_robot_unit_id"))

    op.drop_table("robot")
    with op.batch_alter_table("recount", schema=None) as batch_op:
        batch_op.drop_index("ix_recount_about")

    op.drop_table("recount")
    with op.batch_alter_table("pause", schema=None) as batch_op:
        batch_op.drop_index("uq_pause_running", sqlite_where=sa.text("until_on IS NULL"), postgresql_where=sa.text("until_on IS NULL"))
        batch_op.drop_index("ix_pause_subject")

    op.drop_table("pause")
    op.drop_table("feed")
