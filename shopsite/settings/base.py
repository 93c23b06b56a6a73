"""Settings of every installation. What differs between machines is read from the environment."""

from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from oscar.defaults import *  # noqa: F403

from .apps import INSTALLED_APPS  # noqa: F401
from .backoffice import UNFOLD  # noqa: F401
from .tasks import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

VAR_DIR = Path(env("SHOPSITE_VAR", default=str(BASE_DIR / "var"))).resolve()

# --- safety ------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
# A fixed key is only for demo and tests; core.checks refuses it in `check --deploy`.
SECRET_KEY = env("SECRET_KEY", default="insecure-demo-key-for-local-runs-only")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
OSCAR_BASKET_COOKIE_SECURE = OSCAR_RECENTLY_VIEWED_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 5
# The shop's policy is strict; shopsite.csp loosens it for the admin, where django-unfold needs it.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *env.list("PAYMENT_FORM_HOSTS", default=[])],
    }
}

# --- application -------------------------------------------------------------------------------
ROOT_URLCONF = "shopsite.urls"
WSGI_APPLICATION = "shopsite.wsgi.application"
SITE_ID = 1
AUTH_USER_MODEL = "crm.User"
AUTHENTICATION_BACKENDS = ["crm.backends.PhoneOrEmailBackend"]
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "shopsite.csp.AdminPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.audit.ActorMiddleware",
    "orders.basket.middleware.BasketMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    }
]

# --- data --------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default="postgres://postgres@127.0.0.1:5432/shopsite")}
DATABASES["default"] |= {
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,  # services own their transactions
    "OPTIONS": {
        "connect_timeout": 5,
        "options": "-c lock_timeout=3000 -c statement_timeout=15000"
        " -c idle_in_transaction_session_timeout=30000 -c default_transaction_isolation=read\\ committed",
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env("CACHE_URL", default=env("REDIS_URL", default="redis://127.0.0.1:6379/1")),
        "KEY_PREFIX": "shopsite",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Files as received hold names and phones (FORMATS R23): never below MEDIA_ROOT.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "private", "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if env.bool("COMPRESS_STATIC", default=True)
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}

# --- language, time, money ---------------------------------------------------------------------
LANGUAGE_CODE = env("LANGUAGE_CODE", default="zh-hans")
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
FORMAT_MODULE_PATH = "shopsite.formats"
TIME_ZONE = env("TIME_ZONE", default="Asia/Shanghai")
PHONENUMBER_DEFAULT_REGION = env("PHONE_REGION", default="CN")
OSCAR_DEFAULT_CURRENCY = env("DEFAULT_CURRENCY", default="CNY")
DEFAULT_TAX_RATE = env("DEFAULT_TAX_RATE", default="0.13")

# --- Oscar -------------------------------------------------------------------------------------
OSCAR_SHOP_NAME = env("SHOP_NAME", default="shopsite")
OSCAR_OFFERS_INCL_TAX = True
OSCAR_SLUG_ALLOW_UNICODE = True
OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_ALLOW_ANON_REVIEWS = False
OSCAR_MODERATE_REVIEWS = True
OSCAR_SAVE_SENT_EMAILS_TO_DB = False
OSCAR_HOMEPAGE = "/"
# Oscar's search forms import haystack; nothing of ours asks it.
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}

# Seconds for which whole public pages are kept for visitors without cookies; 0 keeps none.
PAGE_CACHE_SECONDS = env.int("PAGE_CACHE_SECONDS", default=30)

# --- outside systems ---------------------------------------------------------------------------
EMAIL_BACKEND = env("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="shop@example.com")
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000")
SMS_SIMULATOR_STORE = env("SMS_SIMULATOR_STORE", default=str(VAR_DIR / "sms.sqlite3"))
ALIPAY = {
    "gateway_url": env("ALIPAY_GATEWAY_URL", default="http://127.0.0.1:8101/gateway.do"),
    "app_id": env("ALIPAY_APP_ID", default="2026000000000001"),
    "seller_id": env("ALIPAY_SELLER_ID", default="2088000000000001"),
    "keys_dir": env("ALIPAY_KEYS_DIR", default=str(VAR_DIR / "keys" / "provider")),
}
# Where a shopper lands after the provider's page; the place names the payment's public id.
AFTER_PAYMENT_URL = env("AFTER_PAYMENT_URL", default="/paid/{payment}/")
ORDER_URL = (
    "/{language}/orders/{order}/"  # what messages link to; a test holds it against the shop's addresses
)
PREPAID_PROVIDER = env(
    "PREPAID_PROVIDER", default="alipay"
)  # code of the money account that asks for prepayment
COURIER_GATEWAY_URL = env("COURIER_GATEWAY_URL", default="http://127.0.0.1:8102")
COURIER_KEYS_DIR = env("COURIER_KEYS_DIR", default=str(VAR_DIR / "keys" / "courier"))

# --- triggers ----------------------------------------------------------------------------------
# Installed after each migrate from the models' Meta instead of by one migration step each: rendering
# the migration state for every trigger made a new database take a minute (docs/adr/0005).
PGTRIGGER_MIGRATIONS = False
PGTRIGGER_INSTALL_ON_MIGRATE = True
