"""The pages: one module is one blueprint and one folder of templates. PAGES is the site's table of contents."""

from app.api import health
from app.pages import help, home, projects, sign_in, uploads

PAGES = (
    sign_in.page,
    home.page,
    projects.page,
    uploads.page,
    help.page,
    health.page,
)
