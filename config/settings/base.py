"""Settings of every environment, put together from one file per concern."""

from config.settings.concerns.applications import *  # noqa: F403
from config.settings.concerns.database import DATABASES, DEFAULT_AUTO_FIELD  # noqa: F401
from config.settings.concerns.environment import (  # noqa: F401
    BASE_DIR,
    DATA_DIR,
    DATABASE_URL,
    REDIS_URL,
    instance_secret_key,
)
from config.settings.concerns.files import *  # noqa: F403
from config.settings.concerns.hosts import *  # noqa: F403
from config.settings.concerns.jobs import *  # noqa: F403
from config.settings.concerns.languages import *  # noqa: F403
from config.settings.concerns.logs import LOGGING  # noqa: F401
from config.settings.concerns.mail import *  # noqa: F403
from config.settings.concerns.ocpp import *  # noqa: F403
from config.settings.concerns.portal import *  # noqa: F403
from config.settings.concerns.security import *  # noqa: F403
from config.settings.concerns.servers import *  # noqa: F403
from config.settings.concerns.sign_in import *  # noqa: F403

SECRET_KEY = instance_secret_key()
DEBUG = False
ALLOWED_HOSTS = ["*"]  # the tenant middleware answers 404 to every host it does not know
TEST_RUNNER = "django.test.runner.DiscoverRunner"
# axes.W006 wants the address in the lock; an address is shared by a whole office (see security.py).
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
