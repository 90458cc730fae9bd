"""URLs of databases, shown without what is secret in them."""

from __future__ import annotations

import sqlalchemy as sa


def shown(url: sa.URL) -> str:
    """Write a URL for people and logs: no password, and no options, for some drivers take passwords there.

    >>> shown(sa.make_url("postgresql://me:secret@host/shop?sslpassword=other"))
    'postgresql://me:***@host/shop'
    """
    return url.set(query={}).render_as_string(hide_password=True)


def without_secrets(text: str, url: sa.URL) -> str:
    """Take the password and the options of a URL out of a message, such as a driver's.

    >>> without_secrets("secret is wrong", sa.make_url("postgresql://me:secret@host/shop"))
    '*** is wrong'
    """
    options = [value for values in url.normalized_query.values() for value in values]
    for secret in filter(None, [url.password, *options]):
        text = text.replace(str(secret), "***")
    return text
