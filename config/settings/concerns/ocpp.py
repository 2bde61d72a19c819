"""The gateway for chargers: what an operator may want to set."""

import os

OCPP_HEARTBEAT_INTERVAL_S = int(os.environ.get("OCPP_HEARTBEAT_INTERVAL_S", "300"))
# How long a station may take to answer a command.
OCPP_CALL_TIMEOUT_S = float(os.environ.get("OCPP_CALL_TIMEOUT_S", "30"))
# After this long without a BootNotification a station that we know nothing of is asked for one.
OCPP_TRIGGER_DELAY_S = float(os.environ.get("OCPP_TRIGGER_DELAY_S", "15"))
# On SIGTERM: how long the process shows itself unready before it closes sockets, so that a proxy
# notices, and over how long at most the closes are spread (few chargers leave sooner).
OCPP_DRAIN_LEAD_S = float(os.environ.get("OCPP_DRAIN_LEAD_S", "0"))
OCPP_DRAIN_S = float(os.environ.get("OCPP_DRAIN_S", "30"))
# As many chargers a second may come again; more where OCPP_DRAIN_S would not do for all.
OCPP_DRAIN_PER_S = float(os.environ.get("OCPP_DRAIN_PER_S", "100"))
# After so long of failed writes stations are cut off: offline they queue, answered with errors they
# give up.
OCPP_DATABASE_PATIENCE_S = float(os.environ.get("OCPP_DATABASE_PATIENCE_S", "15"))
# Addresses or networks of the proxies in front of the gateway, separated by commas: only from there
# do X-Forwarded-For, X-Forwarded-Proto, X-Client-Certificate and X-TLS-* count (deploy/README.md).
OCPP_TRUSTED_PROXIES = os.environ.get("OCPP_TRUSTED_PROXIES", "")
# How long messages and meter values are kept. Signed values stay, as does what a charge record
# still waits for; less than 31 and 93 days counts as that many.
MESSAGE_LOG_KEPT_DAYS = int(os.environ.get("MESSAGE_LOG_KEPT_DAYS", "366"))
METER_VALUES_KEPT_DAYS = int(os.environ.get("METER_VALUES_KEPT_DAYS", "1095"))
