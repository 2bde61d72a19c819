"""Which apps live in the public schema, which in every tenant's, and the order of the middleware.

`contenttypes` is in the public schema only: guardian caches content type ids per process; with a
table per tenant those ids would cross tenants (guarded by a test).
"""

THEME_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
]

PEOPLE_APPS = [
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "guardian",
    "axes",
    "allauth.account",  # nothing of it is used but what allauth.mfa imports
    "allauth.mfa",
]

SHARED_APPS = [
    "daphne",
    "apps.accounts",  # above django_tenants, whose command create_tenant gives way to ours
    "django_tenants",
    "apps.tenants",
    "apps.audit",
    "django.contrib.contenttypes",
    *THEME_APPS,
    *PEOPLE_APPS,
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "import_export",
    "rest_framework",
    "django_filters",
    "django_countries",
    "apps.core",
    "apps.portal",
    "apps.notifications",
    "apps.help",
]

TENANT_APPS = [
    "apps.accounts",
    "apps.audit",
    *PEOPLE_APPS,
    "apps.portal",
    "apps.notifications",
    "apps.jobs",
    "apps.infrastructure",
    "apps.emaid",
    "apps.charge_records",
    "apps.ocpp",
    "apps.dashboard",
]

INSTALLED_APPS = [*SHARED_APPS, *[app for app in TENANT_APPS if app not in SHARED_APPS]]

TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Host"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
# The search path is set on every change of tenant, never assumed from an earlier request.
TENANT_LIMIT_SET_CALLS = True
TENANT_TEMPLATE_SCHEMA = "tenant_template"
PUBLIC_SCHEMA_URLCONF = "config.urls_public"
ROOT_URLCONF = "config.urls_tenant"
SHOW_PUBLIC_IF_NO_TENANT_FOUND = False

MIDDLEWARE = [
    "apps.core.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.help.middleware.StatusMiddleware",
    "apps.tenants.middleware.TenantMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.audit.middleware.OriginMiddleware",
    "apps.accounts.middleware.SignedInPlaceMiddleware",
    "apps.accounts.middleware.UserLocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.accounts.middleware.SecondFactorMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]
