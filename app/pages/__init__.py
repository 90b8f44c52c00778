"""The pages: one module is one blueprint and one folder of templates. PAGES is the site's table of contents."""

from app.api import health
from app.pages import (
    basemap,
    check,
    check_lists,
    corrections,
    exports,
    help,
    home,
    kept,
    map,
    pairs,
    prints,
    projects,
    sign_in,
    sites,
    tiles,
    uploads,
)

PAGES = (
    sign_in.page,
    home.page,
    map.page,
    prints.page,
    tiles.page,
    basemap.page,
    projects.page,
    pairs.page,
    exports.page,
    uploads.page,
    corrections.page,
    sites.page,
    check.page,
    check_lists.page,
    kept.page,
    help.page,
    health.page,
)
