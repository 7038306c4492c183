"""Supervision on the ground: papers and links of cases, plans and draws, nonconformities, scores, matters, hot-spots."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("public_count",
    sa.Column("key", sa.String(length=32), nullable=False),
    sa.Column("span", sa.String(length=16), nullable=False),
    sa.Column("n", sa.Integer(), nullable=False),
    sa.Column("until", sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint("key", "span", name=op.f("pk_public_count"))
    )
    op.create_table("inspection_plan",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("kind", sa.Enum("classes", "risk", "campaign", "draw", name="plankind", native_enum=False, length=20), nullable=False),
    sa.Column("type", sa.Enum("key_industry", "catering", "project", "straw", "smoke_zone", "outlet", "closed_recheck", "order_recheck", "special", "self_check", "system_check", name="inspectiontype", native_enum=False, length=20), nullable=False),
    sa.Column("scope_id", sa.Integer(), nullable=False),
    sa.Column("from_on", sa.Date(), nullable=False),
    sa.Column("until_on", sa.Date(), nullable=False),
    sa.Column("houses", sa.Integer(), nullable=True),
    sa.Column("times", sa.Integer(), nullable=False),
    sa.Column("note", sa.String(length=1000), nullable=False),
    sa.Column("state", sa.Enum("draft", "approved", "done", "void", name="planstate", native_enum=False, length=20), nullable=False),
    sa.Column("author_id", sa.Integer(), nullable=False),
    sa.Column("approved_by_id", sa.Integer(), nullable=True),
    sa.Column("approved_on", sa.Date(), nullable=True),
    sa.Column("done_on", sa.Date(), nullable=True),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(state <> 'approved') OR (approved_on IS NOT NULL)", name=op.f("ck_inspection_plan_approved_has_date")),
    sa.CheckConstraint("approved_by_id IS NULL OR approved_by_id <> author_id", name=op.f("ck_inspection_plan_approved_by_another")),
    sa.CheckConstraint("until_on >= from_on", name=op.f("ck_inspection_plan_ends_after_it_begins")),
    sa.ForeignKeyConstraint(["approved_by_id"], ["user.id"], name=op.f("fk_inspection_plan_approved_by_id")),
    sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_inspection_plan_author_id")),
    sa.ForeignKeyConstraint(["scope_id"], ["unit.id"], name=op.f("fk_inspection_plan_scope_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_inspection_plan_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_plan")),
    sa.UniqueConstraint("no", name=op.f("uq_inspection_plan_no"))
    )
    with op.batch_alter_table("inspection_plan", schema=None) as batch_op:
        batch_op.create_index("ix_inspection_plan_from", ["from_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_plan_unit_id"), ["unit_id"], unique=False)

    op.create_table("reply_template",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("code", sa.String(length=40), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("kind", sa.Enum("acceptance", "refusal", "assignment", "transfer", "extension", "opinion", name="paperkind", native_enum=False, length=20), nullable=True),
    sa.Column("name", sa.String(length=200), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("retired", sa.Boolean(), nullable=False),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("made_by_id", sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(["made_by_id"], ["user.id"], name=op.f("fk_reply_template_made_by_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_template")),
    sa.UniqueConstraint("code", "version", name=op.f("uq_reply_template_code_version"))
    )
    op.create_table("score_rule",
    sa.Column("code", sa.String(length=40), nullable=False),
    sa.Column("since", sa.Date(), nullable=False),
    sa.Column("title", sa.String(length=80), nullable=False),
    sa.Column("title_en", sa.String(length=120), nullable=False),
    sa.Column("source", sa.Enum("figure", "duty", name="scoresource", native_enum=False, length=20), nullable=False),
    sa.Column("codes", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.Column("tenths", sa.Integer(), nullable=False),
    sa.Column("cap", sa.Integer(), nullable=False),
    sa.Column("months", sa.Integer(), nullable=False),
    sa.Column("enabled", sa.Boolean(), nullable=False),
    sa.Column("reason", sa.String(length=200), nullable=False),
    sa.Column("by_id", sa.Integer(), nullable=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("cap BETWEEN 0 AND 120", name=op.f("ck_score_rule_cap_no_more_than_all")),
    sa.CheckConstraint("months BETWEEN 1 AND 60", name=op.f("ck_score_rule_looks_back_some_months")),
    sa.CheckConstraint("tenths BETWEEN 0 AND 120", name=op.f("ck_score_rule_costs_no_more_than_all")),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_score_rule_by_id")),
    sa.PrimaryKeyConstraint("code", "since", name=op.f("pk_score_rule"))
    )
    op.create_table("hotspot",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("week_on", sa.Date(), nullable=False),
    sa.Column("kind", sa.Enum("enterprise", "place", "near", "rise", name="spotkind", native_enum=False, length=20), nullable=False),
    sa.Column("key", sa.String(length=240), nullable=False),
    sa.Column("enterprise_id", sa.Integer(), nullable=True),
    sa.Column("place", sa.String(length=200), nullable=False),
    sa.Column("street_id", sa.Integer(), nullable=True),
    sa.Column("medium", sa.String(length=20), nullable=False),
    sa.Column("longitude", sa.Double(), nullable=True),
    sa.Column("latitude", sa.Double(), nullable=True),
    sa.Column("hidden", sa.Boolean(), nullable=False),
    sa.Column("rows", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.Column("cases", sa.Integer(), nullable=False),
    sa.Column("score", sa.Integer(), nullable=False),
    sa.Column("run", sa.Integer(), nullable=False),
    sa.Column("why", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.Column("weeks", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.Column("proposal", sa.Enum("inspection", "aspect", "both", name="proposal", native_enum=False, length=20), nullable=False),
    sa.Column("state", sa.Enum("proposed", "accepted", "declined", "lapsed", name="spotstate", native_enum=False, length=20), nullable=False),
    sa.Column("proposed_on", sa.Date(), nullable=False),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("previous_id", sa.Integer(), nullable=True),
    sa.Column("decided_on", sa.Date(), nullable=True),
    sa.Column("decided_by_id", sa.Integer(), nullable=True),
    sa.Column("decline", sa.Enum("under_way", "faded", "one_caller", "unfounded", "not_ours", "other", name="decline", native_enum=False, length=20), nullable=True),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.Column("results", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.Column("act_by_on", sa.Date(), nullable=True),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(state <> 'declined') OR (decline IS NOT NULL AND reason <> '')", name=op.f("ck_hotspot_declined_has_reason")),
    sa.CheckConstraint("state NOT IN ('accepted', 'declined') OR decided_on IS NOT NULL", name=op.f("ck_hotspot_decided_has_date")),
    sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_hotspot_decided_by_id")),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_hotspot_enterprise_id")),
    sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_hotspot_owner_id")),
    sa.ForeignKeyConstraint(["previous_id"], ["hotspot.id"], name=op.f("fk_hotspot_previous_id")),
    sa.ForeignKeyConstraint(["street_id"], ["unit.id"], name=op.f("fk_hotspot_street_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_hotspot_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_hotspot")),
    sa.UniqueConstraint("no", name=op.f("uq_hotspot_no")),
    sa.UniqueConstraint("week_on", "key", name=op.f("uq_hotspot_week_on_key"))
    )
    with op.batch_alter_table("hotspot", schema=None) as batch_op:
        batch_op.create_index("ix_hotspot_enterprise", ["enterprise_id", "week_on"], unique=False)
        batch_op.create_index("ix_hotspot_key", ["key", "week_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_hotspot_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index("ix_hotspot_week", ["week_on", "id"], unique=False)

    op.create_table("inspection_draw",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("type", sa.Enum("key_industry", "catering", "project", "straw", "smoke_zone", "outlet", "closed_recheck", "order_recheck", "special", "self_check", "system_check", name="inspectiontype", native_enum=False, length=20), nullable=False),
    sa.Column("plan_id", sa.Integer(), nullable=True),
    sa.Column("scope_id", sa.Integer(), nullable=False),
    sa.Column("houses", sa.Integer(), nullable=False),
    sa.Column("from_on", sa.Date(), nullable=False),
    sa.Column("until_on", sa.Date(), nullable=False),
    sa.Column("rested_days", sa.Integer(), nullable=False),
    sa.Column("by_risk", sa.Boolean(), nullable=False),
    sa.Column("avoid_own", sa.Boolean(), nullable=False),
    sa.Column("weights", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False),
    sa.Column("public_number", sa.String(length=60), nullable=False),
    sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("state", sa.Enum("prepared", "drawn", "confirmed", "void", name="drawstate", native_enum=False, length=20), nullable=False),
    sa.Column("prepared_by_id", sa.Integer(), nullable=False),
    sa.Column("witness_id", sa.Integer(), nullable=True),
    sa.Column("drawn_by_id", sa.Integer(), nullable=True),
    sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("pool", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=True),
    sa.Column("digest", sa.String(length=64), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('prepared', 'void') OR (drawn_at IS NOT NULL AND digest <> '')", name=op.f("ck_inspection_draw_drawn_has_pool")),
    sa.CheckConstraint("until_on >= from_on", name=op.f("ck_inspection_draw_ends_after_it_begins")),
    sa.CheckConstraint("witness_id IS NULL OR witness_id <> drawn_by_id", name=op.f("ck_inspection_draw_witness_is_somebody_else")),
    sa.ForeignKeyConstraint(["drawn_by_id"], ["user.id"], name=op.f("fk_inspection_draw_drawn_by_id")),
    sa.ForeignKeyConstraint(["plan_id"], ["inspection_plan.id"], name=op.f("fk_inspection_draw_plan_id")),
    sa.ForeignKeyConstraint(["prepared_by_id"], ["user.id"], name=op.f("fk_inspection_draw_prepared_by_id")),
    sa.ForeignKeyConstraint(["scope_id"], ["unit.id"], name=op.f("fk_inspection_draw_scope_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_inspection_draw_unit_id")),
    sa.ForeignKeyConstraint(["witness_id"], ["user.id"], name=op.f("fk_inspection_draw_witness_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_draw")),
    sa.UniqueConstraint("no", name=op.f("uq_inspection_draw_no"))
    )
    with op.batch_alter_table("inspection_draw", schema=None) as batch_op:
        batch_op.create_index("ix_inspection_draw_at", ["drawn_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_draw_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_inspection_draw_unit_id"), ["unit_id"], unique=False)

    op.create_table("inspection_quota",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("plan_id", sa.Integer(), nullable=False),
    sa.Column("kind", sa.Enum("key", "catering", "discharger", "other", name="enterpriseclass", native_enum=False, length=20), nullable=False),
    sa.Column("houses", sa.Integer(), nullable=True),
    sa.Column("times", sa.Integer(), nullable=False),
    sa.CheckConstraint("times > 0", name=op.f("ck_inspection_quota_at_least_once")),
    sa.ForeignKeyConstraint(["plan_id"], ["inspection_plan.id"], name=op.f("fk_inspection_quota_plan_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_quota")),
    sa.UniqueConstraint("plan_id", "kind", name=op.f("uq_inspection_quota_plan_id_kind"))
    )
    op.create_table("inspection_target",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("plan_id", sa.Integer(), nullable=False),
    sa.Column("enterprise_id", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_inspection_target_enterprise_id")),
    sa.ForeignKeyConstraint(["plan_id"], ["inspection_plan.id"], name=op.f("fk_inspection_target_plan_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_target")),
    sa.UniqueConstraint("plan_id", "enterprise_id", name=op.f("uq_inspection_target_plan_id_enterprise_id"))
    )
    with op.batch_alter_table("inspection_target", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inspection_target_enterprise_id"), ["enterprise_id"], unique=False)

    op.create_table("nonconformity",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("origin", sa.Enum("audit", "inspection", "self_check", "system_check", "complaint", "exceedance", "target", "compliance", "check", "incident", "similar", "other", name="origin", native_enum=False, length=20), nullable=False),
    sa.Column("source", sa.String(length=60), nullable=False),
    sa.Column("source_key", sa.String(length=120), nullable=True),
    sa.Column("grade", sa.Enum("major", "minor", "observation", name="grade", native_enum=False, length=20), nullable=False),
    sa.Column("clause", sa.String(length=20), nullable=False),
    sa.Column("law", sa.String(length=240), nullable=False),
    sa.Column("enterprise_id", sa.Integer(), nullable=True),
    sa.Column("found_on", sa.Date(), nullable=False),
    sa.Column("found_by_id", sa.Integer(), nullable=True),
    sa.Column("raised_on", sa.Date(), nullable=False),
    sa.Column("repeats_id", sa.Integer(), nullable=True),
    sa.Column("historical", sa.Boolean(), nullable=False),
    sa.Column("state", sa.Enum("open", "acting", "returned", "done", "verified", "closed", "void", name="ncstate", native_enum=False, length=20), nullable=False),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("verifier_id", sa.Integer(), nullable=True),
    sa.Column("due_on", sa.Date(), nullable=False),
    sa.Column("extended_days", sa.Integer(), nullable=False),
    sa.Column("ends_on", sa.Date(), nullable=False),
    sa.Column("extension_asked", sa.Integer(), nullable=True),
    sa.Column("extension_by_id", sa.Integer(), nullable=True),
    sa.Column("round", sa.Integer(), nullable=False),
    sa.Column("correction", sa.Text(), nullable=False),
    sa.Column("corrected_on", sa.Date(), nullable=True),
    sa.Column("corrected_by_id", sa.Integer(), nullable=True),
    sa.Column("method", sa.Enum("whys", "factors", "other", name="method", native_enum=False, length=20), nullable=True),
    sa.Column("factor", sa.Enum("people", "equipment", "material", "procedure", "surroundings", "measurement", name="factor", native_enum=False, length=20), nullable=True),
    sa.Column("cause", sa.Text(), nullable=False),
    sa.Column("analysed_on", sa.Date(), nullable=True),
    sa.Column("analysed_by_id", sa.Integer(), nullable=True),
    sa.Column("elsewhere", sa.Enum("no", "mended", "told", name="elsewhere", native_enum=False, length=20), nullable=True),
    sa.Column("elsewhere_note", sa.Text(), nullable=False),
    sa.Column("done_on", sa.Date(), nullable=True),
    sa.Column("done_by_id", sa.Integer(), nullable=True),
    sa.Column("first_done_on", sa.Date(), nullable=True),
    sa.Column("in_time", sa.Boolean(), nullable=True),
    sa.Column("verification", sa.Text(), nullable=False),
    sa.Column("verified_on", sa.Date(), nullable=True),
    sa.Column("verified_by_id", sa.Integer(), nullable=True),
    sa.Column("looked_at", sa.String(length=60), nullable=False),
    sa.Column("effect", sa.Enum("effective", "ineffective", name="effect", native_enum=False, length=20), nullable=True),
    sa.Column("effect_note", sa.Text(), nullable=False),
    sa.Column("judged_on", sa.Date(), nullable=True),
    sa.Column("judged_by_id", sa.Integer(), nullable=True),
    sa.Column("first_judged_on", sa.Date(), nullable=True),
    sa.Column("first_effect", sa.Enum("effective", "ineffective", name="effect", native_enum=False, length=20), nullable=True),
    sa.Column("closed_on", sa.Date(), nullable=True),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(state <> 'closed') OR (closed_on IS NOT NULL)", name=op.f("ck_nonconformity_closed_has_date")),
    sa.CheckConstraint("(state <> 'closed') OR historical OR (effect = 'effective' AND judged_on IS NOT NULL AND verified_on IS NOT NULL)", name=op.f("ck_nonconformity_closed_is_judged")),
    sa.CheckConstraint("extended_days BETWEEN 0 AND 90", name=op.f("ck_nonconformity_extension_within_rule")),
    sa.CheckConstraint("verified_by_id IS NULL OR owner_id IS NULL OR verified_by_id <> owner_id OR historical", name=op.f("ck_nonconformity_verified_by_another")),
    sa.ForeignKeyConstraint(["analysed_by_id"], ["user.id"], name=op.f("fk_nonconformity_analysed_by_id")),
    sa.ForeignKeyConstraint(["corrected_by_id"], ["user.id"], name=op.f("fk_nonconformity_corrected_by_id")),
    sa.ForeignKeyConstraint(["done_by_id"], ["user.id"], name=op.f("fk_nonconformity_done_by_id")),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_nonconformity_enterprise_id")),
    sa.ForeignKeyConstraint(["extension_by_id"], ["user.id"], name=op.f("fk_nonconformity_extension_by_id")),
    sa.ForeignKeyConstraint(["found_by_id"], ["user.id"], name=op.f("fk_nonconformity_found_by_id")),
    sa.ForeignKeyConstraint(["judged_by_id"], ["user.id"], name=op.f("fk_nonconformity_judged_by_id")),
    sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_nonconformity_owner_id")),
    sa.ForeignKeyConstraint(["repeats_id"], ["nonconformity.id"], name=op.f("fk_nonconformity_repeats_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_nonconformity_unit_id")),
    sa.ForeignKeyConstraint(["verified_by_id"], ["user.id"], name=op.f("fk_nonconformity_verified_by_id")),
    sa.ForeignKeyConstraint(["verifier_id"], ["user.id"], name=op.f("fk_nonconformity_verifier_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_nonconformity")),
    sa.UniqueConstraint("no", name=op.f("uq_nonconformity_no")),
    sa.UniqueConstraint("source_key", name=op.f("uq_nonconformity_source_key"))
    )
    with op.batch_alter_table("nonconformity", schema=None) as batch_op:
        batch_op.create_index("ix_nonconformity_clause", ["unit_id", "clause", "found_on"], unique=False)
        batch_op.create_index("ix_nonconformity_closed", ["closed_on"], unique=False)
        batch_op.create_index("ix_nonconformity_done", ["first_done_on"], unique=False)
        batch_op.create_index("ix_nonconformity_enterprise", ["enterprise_id", "found_on"], unique=False)
        batch_op.create_index("ix_nonconformity_found", ["found_on", "id"], unique=False)
        batch_op.create_index("ix_nonconformity_owner", ["owner_id", "state"], unique=False)
        batch_op.create_index("ix_nonconformity_source", ["source"], unique=False)
        batch_op.create_index("ix_nonconformity_state", ["state", "ends_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_nonconformity_unit_id"), ["unit_id"], unique=False)

    op.create_table("officer_conflict",
    sa.Column("user_id", sa.Integer(), nullable=False),
    sa.Column("enterprise_id", sa.Integer(), nullable=True),
    sa.Column("credit_code", sa.String(length=60), nullable=False),
    sa.Column("of_unit_id", sa.Integer(), nullable=True),
    sa.Column("reason", sa.String(length=300), nullable=False),
    sa.Column("since", sa.Date(), nullable=False),
    sa.Column("until", sa.Date(), nullable=True),
    sa.Column("declared_by_id", sa.Integer(), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("enterprise_id IS NOT NULL OR of_unit_id IS NOT NULL OR credit_code <> ''", name=op.f("ck_officer_conflict_names_something")),
    sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_officer_conflict_ends_after_it_begins")),
    sa.ForeignKeyConstraint(["declared_by_id"], ["user.id"], name=op.f("fk_officer_conflict_declared_by_id")),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_officer_conflict_enterprise_id")),
    sa.ForeignKeyConstraint(["of_unit_id"], ["unit.id"], name=op.f("fk_officer_conflict_of_unit_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_officer_conflict_unit_id")),
    sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_officer_conflict_user_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_officer_conflict"))
    )
    with op.batch_alter_table("officer_conflict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_officer_conflict_enterprise_id"), ["enterprise_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_officer_conflict_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index("ix_officer_conflict_user", ["user_id", "until"], unique=False)

    op.create_table("score_snapshot",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("enterprise_id", sa.Integer(), nullable=False),
    sa.Column("month", sa.Date(), nullable=False),
    sa.Column("tenths", sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_score_snapshot_enterprise_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_score_snapshot")),
    sa.UniqueConstraint("enterprise_id", "month", name=op.f("uq_score_snapshot_enterprise_id_month"))
    )
    op.create_table("score_waiver",
    sa.Column("enterprise_id", sa.Integer(), nullable=False),
    sa.Column("rule", sa.String(length=40), nullable=False),
    sa.Column("subject_type", sa.String(length=40), nullable=False),
    sa.Column("subject_id", sa.Integer(), nullable=False),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.Column("asked_by_id", sa.Integer(), nullable=False),
    sa.Column("asked_on", sa.Date(), nullable=False),
    sa.Column("state", sa.Enum("asked", "granted", "denied", name="waiverstate", native_enum=False, length=20), nullable=False),
    sa.Column("answer", sa.Text(), nullable=False),
    sa.Column("decided_by_id", sa.Integer(), nullable=True),
    sa.Column("decided_on", sa.Date(), nullable=True),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(state = 'asked') = (decided_by_id IS NULL)", name=op.f("ck_score_waiver_decided_has_person")),
    sa.CheckConstraint("decided_by_id IS NULL OR decided_by_id <> asked_by_id", name=op.f("ck_score_waiver_decided_by_another")),
    sa.ForeignKeyConstraint(["asked_by_id"], ["user.id"], name=op.f("fk_score_waiver_asked_by_id")),
    sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_score_waiver_decided_by_id")),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_score_waiver_enterprise_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_score_waiver_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_score_waiver")),
    sa.UniqueConstraint("rule", "subject_type", "subject_id", name=op.f("uq_score_waiver_rule_subject_type_subject_id"))
    )
    with op.batch_alter_table("score_waiver", schema=None) as batch_op:
        batch_op.create_index("ix_score_waiver_enterprise", ["enterprise_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_score_waiver_unit_id"), ["unit_id"], unique=False)

    op.create_table("task_part",
    sa.Column("task_id", sa.Integer(), nullable=False),
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("demand", sa.Text(), nullable=False),
    sa.Column("state", sa.Enum("asked", "given", "dropped", name="partstate", native_enum=False, length=20), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=False),
    sa.Column("asked_on", sa.Date(), nullable=True),
    sa.Column("given_on", sa.Date(), nullable=True),
    sa.Column("given_by_id", sa.Integer(), nullable=True),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(state <> 'given') OR (given_on IS NOT NULL)", name=op.f("ck_task_part_given_has_date")),
    sa.ForeignKeyConstraint(["given_by_id"], ["user.id"], name=op.f("fk_task_part_given_by_id")),
    sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_part_task_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_task_part_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_task_part")),
    sa.UniqueConstraint("no", name=op.f("uq_task_part_no")),
    sa.UniqueConstraint("task_id", "unit_id", name=op.f("uq_task_part_task_id_unit_id"))
    )
    with op.batch_alter_table("task_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_part_unit_id"), ["unit_id"], unique=False)

    op.create_table("task_progress",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("task_id", sa.Integer(), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("by_id", sa.Integer(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("percent", sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_task_progress_by_id")),
    sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_progress_task_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_task_progress"))
    )
    with op.batch_alter_table("task_progress", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_progress_task_id"), ["task_id"], unique=False)

    op.create_table("task_stage",
    sa.Column("task_id", sa.Integer(), nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("state", sa.Enum("open", "done", "dropped", name="stagestate", native_enum=False, length=20), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=False),
    sa.Column("asked_on", sa.Date(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("done_on", sa.Date(), nullable=True),
    sa.Column("done_by_id", sa.Integer(), nullable=True),
    sa.Column("result", sa.Text(), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(state <> 'done') OR (done_on IS NOT NULL)", name=op.f("ck_task_stage_done_has_date")),
    sa.ForeignKeyConstraint(["done_by_id"], ["user.id"], name=op.f("fk_task_stage_done_by_id")),
    sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_task_stage_owner_id")),
    sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_stage_task_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_task_stage_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_task_stage")),
    sa.UniqueConstraint("no", name=op.f("uq_task_stage_no")),
    sa.UniqueConstraint("task_id", "number", name=op.f("uq_task_stage_task_id_number"))
    )
    with op.batch_alter_table("task_stage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_stage_unit_id"), ["unit_id"], unique=False)

    op.create_table("case_link",
    sa.Column("from_id", sa.Integer(), nullable=False),
    sa.Column("to_id", sa.Integer(), nullable=False),
    sa.Column("kind", sa.Enum("merged", "repeat", "related", name="linkkind", native_enum=False, length=20), nullable=False),
    sa.Column("reason", sa.String(length=400), nullable=False),
    sa.Column("by_id", sa.Integer(), nullable=True),
    sa.Column("linked_on", sa.Date(), nullable=False),
    sa.Column("undone_on", sa.Date(), nullable=True),
    sa.Column("undone_by_id", sa.Integer(), nullable=True),
    sa.Column("undone_reason", sa.String(length=400), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(undone_on IS NULL) = (undone_reason = '')", name=op.f("ck_case_link_undone_has_reason")),
    sa.CheckConstraint("from_id <> to_id", name=op.f("ck_case_link_of_two_cases")),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_case_link_by_id")),
    sa.ForeignKeyConstraint(["from_id"], ["complaint.id"], name=op.f("fk_case_link_from_id")),
    sa.ForeignKeyConstraint(["to_id"], ["complaint.id"], name=op.f("fk_case_link_to_id")),
    sa.ForeignKeyConstraint(["undone_by_id"], ["user.id"], name=op.f("fk_case_link_undone_by_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_case_link_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_case_link"))
    )
    with op.batch_alter_table("case_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_link_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index("ix_link_from", ["from_id", "kind"], unique=False)
        batch_op.create_index("ix_link_to", ["to_id", "kind"], unique=False)

    op.create_table("case_paper",
    sa.Column("complaint_id", sa.Integer(), nullable=False),
    sa.Column("kind", sa.Enum("acceptance", "refusal", "assignment", "transfer", "extension", "opinion", name="paperkind", native_enum=False, length=20), nullable=False),
    sa.Column("state", sa.Enum("draft", "issued", "delivered", "void", name="paperstate", native_enum=False, length=20), nullable=False),
    sa.Column("no", sa.String(length=60), nullable=True),
    sa.Column("year", sa.Integer(), nullable=True),
    sa.Column("serial", sa.Integer(), nullable=True),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("addressee", sa.String(length=120), nullable=False),
    sa.Column("caller", sa.Text(), nullable=True),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("bureau", sa.String(length=120), nullable=False),
    sa.Column("due_on", sa.Date(), nullable=True),
    sa.Column("template_id", sa.Integer(), nullable=True),
    sa.Column("drafted_by_id", sa.Integer(), nullable=True),
    sa.Column("drafted_on", sa.Date(), nullable=False),
    sa.Column("issued_by_id", sa.Integer(), nullable=True),
    sa.Column("issued_on", sa.Date(), nullable=True),
    sa.Column("delivery", sa.Enum("in_person", "post", "online", "left", "notice", "internal", name="delivery", native_enum=False, length=20), nullable=True),
    sa.Column("delivered_on", sa.Date(), nullable=True),
    sa.Column("receipt", sa.String(length=120), nullable=False),
    sa.Column("pdf_digest", sa.String(length=64), nullable=True),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(state <> 'delivered') OR (delivered_on IS NOT NULL)", name=op.f("ck_case_paper_delivered_has_date")),
    sa.CheckConstraint("(state IN ('draft', 'void')) OR (issued_on IS NOT NULL)", name=op.f("ck_case_paper_issued_has_date")),
    sa.CheckConstraint("(issued_on IS NULL) = (serial IS NULL)", name=op.f("ck_case_paper_issued_has_number")),
    sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=op.f("fk_case_paper_complaint_id")),
    sa.ForeignKeyConstraint(["drafted_by_id"], ["user.id"], name=op.f("fk_case_paper_drafted_by_id")),
    sa.ForeignKeyConstraint(["issued_by_id"], ["user.id"], name=op.f("fk_case_paper_issued_by_id")),
    sa.ForeignKeyConstraint(["template_id"], ["reply_template.id"], name=op.f("fk_case_paper_template_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_case_paper_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_case_paper")),
    sa.UniqueConstraint("kind", "year", "serial", name=op.f("uq_case_paper_kind_year_serial")),
    sa.UniqueConstraint("no", name=op.f("uq_case_paper_no"))
    )
    with op.batch_alter_table("case_paper", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_paper_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index("ix_paper_case", ["complaint_id", "id"], unique=False)
        batch_op.create_index("ix_paper_issued", ["issued_on", "id"], unique=False)
        batch_op.create_index("ix_paper_state", ["state", "issued_on"], unique=False)

    op.create_table("corrective_action",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("nonconformity_id", sa.Integer(), nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("round", sa.Integer(), nullable=False),
    sa.Column("text", sa.String(length=500), nullable=False),
    sa.Column("state", sa.Enum("open", "done", "dropped", name="actionstate", native_enum=False, length=20), nullable=False),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("due_on", sa.Date(), nullable=False),
    sa.Column("done_on", sa.Date(), nullable=True),
    sa.Column("done_by_id", sa.Integer(), nullable=True),
    sa.Column("result", sa.Text(), nullable=False),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(state <> 'done') OR (done_on IS NOT NULL)", name=op.f("ck_corrective_action_done_has_date")),
    sa.ForeignKeyConstraint(["done_by_id"], ["user.id"], name=op.f("fk_corrective_action_done_by_id")),
    sa.ForeignKeyConstraint(["nonconformity_id"], ["nonconformity.id"], name=op.f("fk_corrective_action_nonconformity_id")),
    sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_corrective_action_owner_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_corrective_action_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_corrective_action")),
    sa.UniqueConstraint("no", name=op.f("uq_corrective_action_no")),
    sa.UniqueConstraint("nonconformity_id", "number", name=op.f("uq_corrective_action_nonconformity_id_number"))
    )
    with op.batch_alter_table("corrective_action", schema=None) as batch_op:
        batch_op.create_index("ix_corrective_action_owner", ["owner_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_corrective_action_unit_id"), ["unit_id"], unique=False)

    op.create_table("similar_check",
    sa.Column("no", sa.String(length=40), nullable=False),
    sa.Column("title", sa.String(length=200), nullable=False),
    sa.Column("nonconformity_id", sa.Integer(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("state", sa.Enum("asked", "clear", "found", "void", name="similarstate", native_enum=False, length=20), nullable=False),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("asked_on", sa.Date(), nullable=False),
    sa.Column("asked_by_id", sa.Integer(), nullable=True),
    sa.Column("answered_on", sa.Date(), nullable=True),
    sa.Column("answered_by_id", sa.Integer(), nullable=True),
    sa.Column("answer", sa.Text(), nullable=False),
    sa.Column("raised_id", sa.Integer(), nullable=True),
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("unit_id", sa.Integer(), nullable=False),
    sa.CheckConstraint("(state IN ('asked', 'void')) OR (answered_on IS NOT NULL)", name=op.f("ck_similar_check_answered_has_date")),
    sa.ForeignKeyConstraint(["answered_by_id"], ["user.id"], name=op.f("fk_similar_check_answered_by_id")),
    sa.ForeignKeyConstraint(["asked_by_id"], ["user.id"], name=op.f("fk_similar_check_asked_by_id")),
    sa.ForeignKeyConstraint(["nonconformity_id"], ["nonconformity.id"], name=op.f("fk_similar_check_nonconformity_id")),
    sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_similar_check_owner_id")),
    sa.ForeignKeyConstraint(["raised_id"], ["nonconformity.id"], name=op.f("fk_similar_check_raised_id")),
    sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_similar_check_unit_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_similar_check")),
    sa.UniqueConstraint("no", name=op.f("uq_similar_check_no")),
    sa.UniqueConstraint("nonconformity_id", "unit_id", name=op.f("uq_similar_check_nonconformity_id_unit_id"))
    )
    with op.batch_alter_table("similar_check", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_similar_check_unit_id"), ["unit_id"], unique=False)

    op.create_table("field_file",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("client_key", sa.String(length=60), nullable=False),
    sa.Column("inspection_id", sa.Integer(), nullable=False),
    sa.Column("attachment_id", sa.Integer(), nullable=False),
    sa.Column("sort", sa.Enum("photo", "party", "officer", name="sort", native_enum=False, length=20), nullable=False),
    sa.Column("signer_id", sa.Integer(), nullable=True),
    sa.Column("by_id", sa.Integer(), nullable=False),
    sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ahead", sa.Integer(), nullable=False),
    sa.Column("latitude", sa.Double(), nullable=True),
    sa.Column("longitude", sa.Double(), nullable=True),
    sa.Column("accuracy", sa.Integer(), nullable=True),
    sa.CheckConstraint("(sort = 'officer') = (signer_id IS NOT NULL)", name=op.f("ck_field_file_officer_has_name")),
    sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_field_file_point_is_whole")),
    sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name=op.f("fk_field_file_attachment_id")),
    sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_field_file_by_id")),
    sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name=op.f("fk_field_file_inspection_id")),
    sa.ForeignKeyConstraint(["signer_id"], ["user.id"], name=op.f("fk_field_file_signer_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_field_file")),
    sa.UniqueConstraint("client_key", name=op.f("uq_field_file_client_key"))
    )
    with op.batch_alter_table("field_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_field_file_inspection_id"), ["inspection_id"], unique=False)

    op.create_table("inspection_draw_pick",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("draw_id", sa.Integer(), nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("enterprise_id", sa.Integer(), nullable=False),
    sa.Column("lead_id", sa.Integer(), nullable=False),
    sa.Column("second_id", sa.Integer(), nullable=False),
    sa.Column("inspection_id", sa.Integer(), nullable=True),
    sa.CheckConstraint("second_id <> lead_id", name=op.f("ck_inspection_draw_pick_second_is_somebody_else")),
    sa.ForeignKeyConstraint(["draw_id"], ["inspection_draw.id"], name=op.f("fk_inspection_draw_pick_draw_id")),
    sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_inspection_draw_pick_enterprise_id")),
    sa.ForeignKeyConstraint(["inspection_id"], ["inspection.id"], name=op.f("fk_inspection_draw_pick_inspection_id")),
    sa.ForeignKeyConstraint(["lead_id"], ["user.id"], name=op.f("fk_inspection_draw_pick_lead_id")),
    sa.ForeignKeyConstraint(["second_id"], ["user.id"], name=op.f("fk_inspection_draw_pick_second_id")),
    sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_draw_pick")),
    sa.UniqueConstraint("draw_id", "number", name=op.f("uq_inspection_draw_pick_draw_id_number")),
    sa.UniqueConstraint("inspection_id", name=op.f("uq_inspection_draw_pick_inspection_id"))
    )
    with op.batch_alter_table("inspection_draw_pick", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inspection_draw_pick_enterprise_id"), ["enterprise_id"], unique=False)

    with op.batch_alter_table("checklist", schema=None) as batch_op:
        batch_op.add_column(sa.Column("draft", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index("uq_checklist_draft", ["type"], unique=True, sqlite_where=sa.text("draft"), postgresql_where=sa.text("draft"))
        batch_op.create_index("uq_checklist_since", ["type", "since"], unique=True, sqlite_where=sa.text("NOT draft"), postgresql_where=sa.text("NOT draft"))

    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.add_column(sa.Column("street_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("longitude", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("latitude", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("tells_number", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("filed_online", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("filing_key", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("looked_up_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("online_satisfaction", sa.Enum("satisfied", "fair", "dissatisfied", "unreached", name="satisfaction", native_enum=False, length=20), nullable=True))
        batch_op.add_column(sa.Column("uncalled", sa.String(length=200), nullable=False, server_default=""))
        batch_op.alter_column("taken_by_id",
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.create_index("ix_complaint_named", ["enterprise_name", "received_on"], unique=False)
        batch_op.create_index("ix_complaint_point", ["latitude", "longitude", "received_on"], unique=False)
        batch_op.create_index("ix_complaint_street", ["street_id", "received_on", "id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_complaint_filing_key"), ["filing_key"])
        batch_op.create_foreign_key(batch_op.f("fk_complaint_street_id"), "unit", ["street_id"], ["id"])
        batch_op.create_check_constraint(batch_op.f("ck_complaint_longitude_on_earth"), "longitude BETWEEN -180 AND 180")
        batch_op.create_check_constraint(batch_op.f("ck_complaint_latitude_on_earth"), "latitude BETWEEN -90 AND 90")
        batch_op.create_check_constraint(batch_op.f("ck_complaint_point_is_whole"), "(longitude IS NULL) = (latitude IS NULL)")

    with op.batch_alter_table("enterprise", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("merged_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_enterprise_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_enterprise_merged_into_id"), "enterprise", ["merged_into_id"], ["id"])

    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plan_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("plan_key", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("transcript_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_inspection_plan_id"), ["plan_id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_inspection_plan_key"), ["plan_key"])
        batch_op.create_foreign_key(batch_op.f("fk_inspection_plan_id"), "inspection_plan", ["plan_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_inspection_transcript_id"), "attachment", ["transcript_id"], ["id"])

    with op.batch_alter_table("inspection_finding", schema=None) as batch_op:
        batch_op.add_column(sa.Column("nonconformity_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_inspection_finding_nonconformity_id"), ["nonconformity_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_inspection_finding_nonconformity_id"), "nonconformity", ["nonconformity_id"], ["id"])

    with op.batch_alter_table("outlet", schema=None) as batch_op:
        batch_op.add_column(sa.Column("token", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("labelled_on", sa.Date(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_outlet_token"), ["token"])

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source_kind", sa.Enum("leader", "meeting", "superior", "proposal", "office", "analysis", name="sourcekind", native_enum=False, length=20), nullable=True))
        batch_op.add_column(sa.Column("source_no", sa.String(length=80), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("source_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("source_from", sa.String(length=120), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("origin", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("urgency", sa.Enum("routine", "urgent", "critical", name="urgency", native_enum=False, length=20), nullable=False, server_default="routine"))
        batch_op.add_column(sa.Column("drafted_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("watched_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("progressed_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("percent", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("no_evidence", sa.String(length=300), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("extension_to", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("extension_stage", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("extension_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("extensions", sa.Integer(), nullable=False, server_default="0"))
        batch_op.alter_column("subject_type",
               existing_type=sa.VARCHAR(length=40),
               nullable=True)
        batch_op.alter_column("subject_id",
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.alter_column("rule",
               existing_type=sa.VARCHAR(length=40),
               nullable=True)
        batch_op.alter_column("start_on",
               existing_type=sa.DATE(),
               nullable=True)
        batch_op.alter_column("matter_due_on",
               existing_type=sa.DATE(),
               nullable=True)
        batch_op.alter_column("issued_by_id",
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.alter_column("issued_on",
               existing_type=sa.DATE(),
               nullable=True)
        batch_op.create_index("ix_task_origin", ["origin"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_task_drafted_by_id"), "user", ["drafted_by_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_task_extension_by_id"), "user", ["extension_by_id"], ["id"])
        batch_op.create_check_constraint(batch_op.f("ck_task_issued_by_somebody"), "state IN ('draft', 'void') OR (issued_on IS NOT NULL AND issued_by_id IS NOT NULL)")
        batch_op.create_check_constraint(batch_op.f("ck_task_of_a_duty_or_not"), "(subject_type IS NULL AND subject_id IS NULL AND rule IS NULL AND start_on IS NULL) OR (subject_type IS NOT NULL AND subject_id IS NOT NULL AND rule IS NOT NULL AND start_on IS NOT NULL)")
        batch_op.create_check_constraint(batch_op.f("ck_task_a_matter_has_a_source"), "subject_type IS NOT NULL OR source_kind IS NOT NULL")
        batch_op.create_check_constraint(batch_op.f("ck_task_percent_of_a_whole"), "percent BETWEEN 0 AND 100")



def downgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_task_issued_by_somebody"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_of_a_duty_or_not"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_a_matter_has_a_source"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_task_percent_of_a_whole"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_task_extension_by_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_task_drafted_by_id"), type_="foreignkey")
        batch_op.drop_index("ix_task_origin")
        batch_op.alter_column("issued_on",
               existing_type=sa.DATE(),
               nullable=False)
        batch_op.alter_column("issued_by_id",
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.alter_column("matter_due_on",
               existing_type=sa.DATE(),
               nullable=False)
        batch_op.alter_column("start_on",
               existing_type=sa.DATE(),
               nullable=False)
        batch_op.alter_column("rule",
               existing_type=sa.VARCHAR(length=40),
               nullable=False)
        batch_op.alter_column("subject_id",
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.alter_column("subject_type",
               existing_type=sa.VARCHAR(length=40),
               nullable=False)
        batch_op.drop_column("extensions")
        batch_op.drop_column("extension_by_id")
        batch_op.drop_column("extension_stage")
        batch_op.drop_column("extension_to")
        batch_op.drop_column("no_evidence")
        batch_op.drop_column("percent")
        batch_op.drop_column("progressed_on")
        batch_op.drop_column("watched_on")
        batch_op.drop_column("drafted_by_id")
        batch_op.drop_column("urgency")
        batch_op.drop_column("origin")
        batch_op.drop_column("source_from")
        batch_op.drop_column("source_on")
        batch_op.drop_column("source_no")
        batch_op.drop_column("source_kind")

    with op.batch_alter_table("outlet", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_outlet_token"), type_="unique")
        batch_op.drop_column("labelled_on")
        batch_op.drop_column("token")

    with op.batch_alter_table("inspection_finding", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_inspection_finding_nonconformity_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_inspection_finding_nonconformity_id"))
        batch_op.drop_column("nonconformity_id")

    with op.batch_alter_table("inspection", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_inspection_transcript_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_inspection_plan_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_inspection_plan_key"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_inspection_plan_id"))
        batch_op.drop_column("transcript_id")
        batch_op.drop_column("plan_key")
        batch_op.drop_column("plan_id")

    with op.batch_alter_table("enterprise", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_enterprise_merged_into_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_enterprise_merged_into_id"))
        batch_op.drop_column("merged_on")
        batch_op.drop_column("merged_into_id")

    with op.batch_alter_table("complaint", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_complaint_longitude_on_earth"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_complaint_latitude_on_earth"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_complaint_point_is_whole"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_complaint_street_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_complaint_filing_key"), type_="unique")
        batch_op.drop_index("ix_complaint_street")
        batch_op.drop_index("ix_complaint_point")
        batch_op.drop_index("ix_complaint_named")
        batch_op.alter_column("taken_by_id",
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column("uncalled")
        batch_op.drop_column("online_satisfaction")
        batch_op.drop_column("looked_up_on")
        batch_op.drop_column("filing_key")
        batch_op.drop_column("filed_online")
        batch_op.drop_column("tells_number")
        batch_op.drop_column("latitude")
        batch_op.drop_column("longitude")
        batch_op.drop_column("street_id")

    with op.batch_alter_table("checklist", schema=None) as batch_op:
        batch_op.drop_index("uq_checklist_since", sqlite_where=sa.text("NOT draft"), postgresql_where=sa.text("NOT draft"))
        batch_op.drop_index("uq_checklist_draft", sqlite_where=sa.text("draft"), postgresql_where=sa.text("draft"))
        batch_op.drop_column("draft")

    with op.batch_alter_table("inspection_draw_pick", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inspection_draw_pick_enterprise_id"))

    op.drop_table("inspection_draw_pick")
    with op.batch_alter_table("field_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_field_file_inspection_id"))

    op.drop_table("field_file")
    with op.batch_alter_table("similar_check", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_similar_check_unit_id"))

    op.drop_table("similar_check")
    with op.batch_alter_table("corrective_action", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_corrective_action_unit_id"))
        batch_op.drop_index("ix_corrective_action_owner")

    op.drop_table("corrective_action")
    with op.batch_alter_table("case_paper", schema=None) as batch_op:
        batch_op.drop_index("ix_paper_state")
        batch_op.drop_index("ix_paper_issued")
        batch_op.drop_index("ix_paper_case")
        batch_op.drop_index(batch_op.f("ix_case_paper_unit_id"))

    op.drop_table("case_paper")
    with op.batch_alter_table("case_link", schema=None) as batch_op:
        batch_op.drop_index("ix_link_to")
        batch_op.drop_index("ix_link_from")
        batch_op.drop_index(batch_op.f("ix_case_link_unit_id"))

    op.drop_table("case_link")
    with op.batch_alter_table("task_stage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_stage_unit_id"))

    op.drop_table("task_stage")
    with op.batch_alter_table("task_progress", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_progress_task_id"))

    op.drop_table("task_progress")
    with op.batch_alter_table("task_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_part_unit_id"))

    op.drop_table("task_part")
    with op.batch_alter_table("score_waiver", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_score_waiver_unit_id"))
        batch_op.drop_index("ix_score_waiver_enterprise")

    op.drop_table("score_waiver")
    op.drop_table("score_snapshot")
    with op.batch_alter_table("officer_conflict", schema=None) as batch_op:
        batch_op.drop_index("ix_officer_conflict_user")
        batch_op.drop_index(batch_op.f("ix_officer_conflict_unit_id"))
        batch_op.drop_index(batch_op.f("ix_officer_conflict_enterprise_id"))

    op.drop_table("officer_conflict")
    with op.batch_alter_table("nonconformity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_nonconformity_unit_id"))
        batch_op.drop_index("ix_nonconformity_state")
        batch_op.drop_index("ix_nonconformity_source")
        batch_op.drop_index("ix_nonconformity_owner")
        batch_op.drop_index("ix_nonconformity_found")
        batch_op.drop_index("ix_nonconformity_enterprise")
        batch_op.drop_index("ix_nonconformity_done")
        batch_op.drop_index("ix_nonconformity_closed")
        batch_op.drop_index("ix_nonconformity_clause")

    op.drop_table("nonconformity")
    with op.batch_alter_table("inspection_target", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inspection_target_enterprise_id"))

    op.drop_table("inspection_target")
    op.drop_table("inspection_quota")
    with op.batch_alter_table("inspection_draw", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inspection_draw_unit_id"))
        batch_op.drop_index(batch_op.f("ix_inspection_draw_plan_id"))
        batch_op.drop_index("ix_inspection_draw_at")

    op.drop_table("inspection_draw")
    with op.batch_alter_table("hotspot", schema=None) as batch_op:
        batch_op.drop_index("ix_hotspot_week")
        batch_op.drop_index(batch_op.f("ix_hotspot_unit_id"))
        batch_op.drop_index("ix_hotspot_key")
        batch_op.drop_index("ix_hotspot_enterprise")

    op.drop_table("hotspot")
    op.drop_table("score_rule")
    op.drop_table("reply_template")
    with op.batch_alter_table("inspection_plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inspection_plan_unit_id"))
        batch_op.drop_index("ix_inspection_plan_from")

    op.drop_table("inspection_plan")
    op.drop_table("public_count")
