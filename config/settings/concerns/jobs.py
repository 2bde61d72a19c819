"""Files that jobs make: how large, how long, how much of them a tenant has at once."""

import os

JOB_FILE_KEPT_DAYS = int(os.environ.get("JOB_FILE_KEPT_DAYS", "7"))
JOB_FILE_MAX_MB = int(os.environ.get("JOB_FILE_MAX_MB", "2048"))
JOB_FILES_MAX_MB = int(os.environ.get("JOB_FILES_MAX_MB", "10240"))
