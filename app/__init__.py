"""The dashboard of PantauDesa: wiring only."""

import sys

import structlog
from flask import Flask, g, request
from flask_babel import Babel
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app import access, errors, frame, headers, looks, packing
from app.db import Database
from app.pages import PAGES
from app.settings import Settings
from app.static_files import PackedFiles
from geo.sentences import LANGUAGES

STATIC_FRESH_S = 300


def create_app(settings: Settings, *, database_url: str, secret: str) -> Flask:
    """The application over one database, as the web role of `database_url`."""
    _keep_logs_plain()
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secret, MAX_CONTENT_LENGTH=settings.upload_limit_mb * 2**20, MAX_FORM_MEMORY_SIZE=2 * 2**20,
        MAX_FORM_PARTS=200, WTF_CSRF_TIME_LIMIT=12 * 3600, WTF_CSRF_SSL_STRICT=settings.secure_cookies,
        SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_NAME="__Host-pantau-form" if settings.secure_cookies else "pantau-form",
        BABEL_DEFAULT_LOCALE="id", BABEL_DEFAULT_TIMEZONE=settings.timezone)
    app.extensions["settings"] = settings
    app.extensions["database"] = Database(database_url)
    app.wsgi_app = PackedFiles(app.wsgi_app, folder=settings.var / "packed", root=app.static_folder, prefix="static/",
                               max_age=STATIC_FRESH_S, add_headers_function=headers.of_static(settings))
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies)
    Babel(app, locale_selector=_language)
    headers.install(app)
    CSRFProtect(app)
    packing.install(app)  # first, so that it has the last word on an answer
    errors.install(app)
    looks.install(app)
    frame.install(app)
    access.install(app)
    for page in PAGES:
        app.register_blueprint(page)
    app.after_request(headers.secure)
    access.check_every_route(app)
    structlog.get_logger().debug("started", pages=[page.name for page in PAGES])
    return app


def _keep_logs_plain() -> None:
    """One JSON object a line, on stderr: no value of a person's can forge a line, no local variable is printed."""
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level,
                    structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr), cache_logger_on_first_use=False)


def _language() -> str:
    if (chosen := request.cookies.get(access.cookie_name("language"))) in LANGUAGES:
        return chosen
    return g.person.language if g.get("person") else "id"
