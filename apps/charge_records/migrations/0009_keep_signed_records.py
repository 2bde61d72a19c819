import django.db.models.deletion
from django.db import migrations, models


# A check that was made was made, whatever it came to.
STAY = """
CREATE OR REPLACE FUNCTION public.verification_runs_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'checks of signed records stay as they are (% refused)', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER verification_runs_stay BEFORE UPDATE OR DELETE ON charge_records_verificationrun
    FOR EACH ROW EXECUTE FUNCTION public.verification_runs_stay();
"""
# The function serves all schemas; it may stay when one schema's trigger goes.
MAY_GO = "DROP TRIGGER verification_runs_stay ON charge_records_verificationrun;"


class Migration(migrations.Migration):
    dependencies = [
        ("charge_records", "0008_refuse_without_product"),
        ("infrastructure", "0005_calibration_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="CheckLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "token_hash",
                    models.CharField(max_length=64, unique=True, verbose_name="token (hash)"),
                ),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="revoked at"),
                ),
            ],
            options={
                "verbose_name": "link to a check",
                "verbose_name_plural": "links to checks",
                "ordering": ["record", "-created_at"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="OfferedKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_key", models.TextField(verbose_name="public key")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="fingerprint")),
                ("curve", models.CharField(max_length=20, verbose_name="curve")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("message", "Beside a signed value"),
                            ("record", "Inside a signed record"),
                            ("configuration", "Parameter of the station"),
                        ],
                        max_length=20,
                        verbose_name="source",
                    ),
                ),
                (
                    "meter_number",
                    models.CharField(blank=True, max_length=64, verbose_name="meter number"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "To be confirmed"),
                            ("confirmed", "Confirmed"),
                            ("dismissed", "Dismissed"),
                        ],
                        default="open",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("first_seen_at", models.DateTimeField(verbose_name="first seen")),
                ("last_seen_at", models.DateTimeField(verbose_name="last seen")),
            ],
            options={
                "verbose_name": "offered public key",
                "verbose_name_plural": "offered public keys",
                "ordering": ["charge_point", "-last_seen_at", "-pk"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SignedRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fingerprint", models.CharField(max_length=64, verbose_name="fingerprint")),
                ("format", models.CharField(max_length=20, verbose_name="format")),
                ("text", models.TextField(verbose_name="record")),
                ("is_reused", models.BooleanField(default=False, verbose_name="used before")),
                ("found_at", models.DateTimeField(verbose_name="found at")),
            ],
            options={
                "verbose_name": "signed record",
                "verbose_name_plural": "signed records",
                "ordering": ["session", "pk"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="VerificationRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ran_at", models.DateTimeField(verbose_name="checked at")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("settlement", "Settlement"),
                            ("waiting", "End of the waiting time"),
                            ("key_saved", "Meter data were saved"),
                            ("by_hand", "By hand"),
                        ],
                        max_length=20,
                        verbose_name="cause",
                    ),
                ),
                (
                    "verification",
                    models.CharField(
                        choices=[
                            ("passed", "Passed"),
                            ("failed", "Failed"),
                            ("not_possible", "Not possible"),
                            ("pending", "Incomplete"),
                        ],
                        max_length=20,
                        verbose_name="result",
                    ),
                ),
                ("reasons", models.JSONField(default=list, verbose_name="reasons")),
                ("warnings", models.JSONField(default=list, verbose_name="warnings")),
                (
                    "meter_number",
                    models.CharField(blank=True, max_length=64, verbose_name="meter number"),
                ),
                (
                    "key_fingerprint",
                    models.CharField(blank=True, max_length=64, verbose_name="key fingerprint"),
                ),
                ("records", models.PositiveIntegerField(verbose_name="signed records")),
                (
                    "energy_wh",
                    models.DecimalField(
                        decimal_places=12,
                        max_digits=30,
                        null=True,
                        verbose_name="signed energy (Wh)",
                    ),
                ),
            ],
            options={
                "verbose_name": "check of signed records",
                "verbose_name_plural": "checks of signed records",
                "ordering": ["session", "-ran_at", "-pk"],
                "default_permissions": (),
            },
        ),
        migrations.AddIndex(
            model_name="metersample",
            index=models.Index(
                condition=models.Q(("is_signed", True)),
                fields=["station_id", "transaction_id"],
                name="sample_signed_by_session",
            ),
        ),
        migrations.AddField(
            model_name="checklink",
            name="record",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="check_links",
                to="charge_records.chargerecord",
                verbose_name="charge record",
            ),
        ),
        migrations.AddField(
            model_name="offeredkey",
            name="charge_point",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="offered_keys",
                to="infrastructure.chargepoint",
                verbose_name="charge point",
            ),
        ),
        migrations.AddField(
            model_name="signedrecord",
            name="session",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="signed_records",
                to="charge_records.chargingsession",
                verbose_name="charging session",
            ),
        ),
        migrations.AddField(
            model_name="verificationrun",
            name="session",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="verification_runs",
                to="charge_records.chargingsession",
                verbose_name="charging session",
            ),
        ),
        migrations.AddConstraint(
            model_name="offeredkey",
            constraint=models.UniqueConstraint(
                fields=("charge_point", "fingerprint"), name="offered_key_once_per_charge_point"
            ),
        ),
        migrations.AddConstraint(
            model_name="signedrecord",
            constraint=models.UniqueConstraint(
                fields=("session", "fingerprint"), name="signed_record_once_per_session"
            ),
        ),
        migrations.AddConstraint(
            model_name="signedrecord",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_reused", False)),
                fields=("fingerprint",),
                name="signed_record_used_once",
            ),
        ),
        migrations.AddIndex(
            model_name="verificationrun",
            index=models.Index(fields=["session", "-ran_at"], name="verification_run_by_session"),
        ),
        migrations.RunSQL(STAY, MAY_GO),
    ]
