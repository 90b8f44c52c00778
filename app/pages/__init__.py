"""The pages: one module is one blueprint and one folder of templates. PAGES is the site's table of contents."""

from app.api import health
from app.pages import sign_in

PAGES = (
    sign_in.page,
    health.page,
)
