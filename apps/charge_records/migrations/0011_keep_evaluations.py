import django.db.models.deletion
from django.db import migrations, models


# Who judged, and what was said of a record, stays as it was.
STAY = """
CREATE OR REPLACE FUNCTION public.evaluations_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of a charge record stays as it is (% refused)', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER evaluations_stay BEFORE UPDATE OR DELETE ON charge_records_evaluation
    FOR EACH ROW EXECUTE FUNCTION public.evaluations_stay();
CREATE TRIGGER record_marks_stay BEFORE UPDATE OR DELETE ON charge_records_recordmark
    FOR EACH ROW EXECUTE FUNCTION public.evaluations_stay();
"""
# The function serves all schemas; it may stay when one schema's triggers go.
MAY_GO = """
DROP TRIGGER evaluations_stay ON charge_records_evaluation;
DROP TRIGGER record_marks_stay ON charge_records_recordmark;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("charge_records", "0010_check_by_calibration_law"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="chargerecord",
            options={
                "ordering": ["-started_at", "-pk"],
                "permissions": [
                    ("export_chargerecord", "Can export charge records"),
                    ("check_chargerecord", "Can check charge records by calibration law"),
                    (
                        "exclude_chargerecord",
                        "Can exclude charge records and give them as goodwill",
                    ),
                    ("evaluate_chargerecord", "Can evaluate charge records again"),
                ],
                "verbose_name": "charge record",
                "verbose_name_plural": "charge records",
            },
        ),
        migrations.CreateModel(
            name="RecordMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "mark",
                    models.CharField(
                        choices=[("manual", "Excluded by hand"), ("goodwill", "Goodwill")],
                        max_length=20,
                        verbose_name="mark",
                    ),
                ),
                ("is_set", models.BooleanField(verbose_name="set")),
                ("reason", models.TextField(verbose_name="reason")),
                ("made_at", models.DateTimeField(verbose_name="when")),
                ("actor_id", models.BigIntegerField(blank=True, null=True, verbose_name="person")),
                ("actor_name", models.CharField(blank=True, max_length=254, verbose_name="who")),
                (
                    "record",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marks",
                        to="charge_records.chargerecord",
                        verbose_name="charge record",
                    ),
                ),
            ],
            options={
                "verbose_name": "mark of a charge record",
                "verbose_name_plural": "marks of charge records",
                "ordering": ["record", "pk"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Evaluation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="when")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("settlement", "Settlement"),
                            ("waiting", "End of the waiting time"),
                            ("key_saved", "Meter data were saved"),
                            ("by_hand", "Check by hand"),
                            ("excluded", "Excluded by hand"),
                            ("goodwill", "Given as goodwill"),
                            ("taken_back", "Taken back"),
                            ("again", "Evaluated again"),
                            ("earlier", "Before the history was kept"),
                        ],
                        max_length=20,
                        verbose_name="cause",
                    ),
                ),
                ("actor_id", models.BigIntegerField(blank=True, null=True, verbose_name="person")),
                ("actor_name", models.CharField(blank=True, max_length=254, verbose_name="who")),
                (
                    "bdr_main",
                    models.CharField(
                        choices=[
                            ("error", "Error"),
                            ("exclusion", "Exclusion"),
                            ("successful_with_restrictions", "Successful with restrictions"),
                            ("successful", "Successful"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=40,
                        verbose_name="BDR status",
                    ),
                ),
                (
                    "bdr_detail",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("session_data_exists", "Session data already exists"),
                            ("emp_unknown", "EMP unknown"),
                            (
                                "start_in_future",
                                "Charging session implausible, start time in the future",
                            ),
                            ("negative_duration", "Negative session duration"),
                            ("negative_energy", "Negative energy consumption"),
                            ("negative_power", "Negative charging power"),
                            ("power_implausible", "Power implausible for EVSE"),
                            ("manual", "Manual"),
                            ("goodwill", "Goodwill"),
                            ("cpo_voucher", "CPO voucher"),
                            ("fair_mode", "Fair mode"),
                            ("transnational", "Transnational charging (not supported)"),
                            ("consumption_too_low", "Consumption too low"),
                            ("consumption_too_high", "Consumption too high"),
                            ("duration_too_short", "Charging duration too short"),
                            ("duration_too_long", "Charging duration too long"),
                            ("own_charge", "Own charge"),
                            ("no_calibration_law_compliance", "No calibration law compliance"),
                        ],
                        max_length=40,
                        verbose_name="detailed status",
                    ),
                ),
                ("findings", models.JSONField(blank=True, default=list, verbose_name="findings")),
                (
                    "eka",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("irrelevant", "Irrelevant"),
                            ("valid", "Valid"),
                            ("invalid", "Invalid"),
                        ],
                        max_length=20,
                        verbose_name="EKA status",
                    ),
                ),
                (
                    "error_class",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_charge_record", "Charge port failed to provide charge record"),
                            ("canceled", "Canceled by EV driver or timeout"),
                            ("incomplete_record", "Received incomplete charge record"),
                            (
                                "energy_implausible",
                                "Amount of consumed energy too low or implausible",
                            ),
                            (
                                "start_in_future",
                                "Charging session implausible, start time in the future",
                            ),
                            ("negative_power", "Negative charging power"),
                            ("negative_energy", "Negative energy consumption"),
                            ("negative_duration", "Negative session duration"),
                            ("power_implausible", "Power implausible for EVSE"),
                            ("no_calibration_law_compliance", "No calibration law compliance"),
                            ("others", "Others"),
                            ("authorization_failed", "Authorisation failed"),
                        ],
                        max_length=40,
                        verbose_name="error",
                    ),
                ),
                ("energy_wh", models.BigIntegerField(verbose_name="energy (Wh)")),
                (
                    "configured_power_w",
                    models.PositiveIntegerField(null=True, verbose_name="configured power (W)"),
                ),
                (
                    "record",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evaluations",
                        to="charge_records.chargerecord",
                        verbose_name="charge record",
                    ),
                ),
                (
                    "mark",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="charge_records.recordmark",
                        verbose_name="mark",
                    ),
                ),
            ],
            options={
                "verbose_name": "evaluation of a charge record",
                "verbose_name_plural": "evaluations of charge records",
                "ordering": ["record", "pk"],
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="recordmark",
            index=models.Index(fields=["record", "id"], name="record_mark_by_record"),
        ),
        migrations.AddIndex(
            model_name="evaluation",
            index=models.Index(fields=["record", "id"], name="evaluation_by_record"),
        ),
        migrations.RunSQL(STAY, MAY_GO),
    ]
