"""The pages: one module is one blueprint and one folder of templates. PAGES is the site's table of contents."""

from app.api import health
from app.pages import (
    check,
    corrections,
    help,
    home,
    map,
    pairs,
    projects,
    blind_samples,
    sign_in,
    sites,
    tiles,
    uploads,
)

PAGES = (
    sign_in.page,
    home.page,
    map.page,
    tiles.page,
    projects.page,
    pairs.page,
    blind_samples.page,
    uploads.page,
    corrections.page,
    sites.page,
    check.page,
    help.page,
    health.page,
)
