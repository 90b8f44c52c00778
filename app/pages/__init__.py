"""The pages: one module is one blueprint and one folder of templates. PAGES is the site's table of contents."""

from app.api import health
from app.pages import help, home, map, projects, sign_in, tiles, uploads

PAGES = (
    sign_in.page,
    home.page,
    map.page,
    tiles.page,
    projects.page,
    uploads.page,
    help.page,
    health.page,
)
