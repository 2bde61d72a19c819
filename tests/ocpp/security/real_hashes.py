"""The test settings with the password hash of production: for what is measured."""

from django.conf import global_settings

from config.settings.test import *  # noqa: F403

PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
