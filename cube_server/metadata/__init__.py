"""The metadata database: keys, saved reports, and who may open them.

SQLite in the warehouse's folder unless a URL names another database. It is small, it is the only part of a server that
is changed in place, and nothing in it can be loaded again: docs/operations.md says how to back it up.

    database     opening it, transactions, errors
    tables       what it holds
    migration    bringing an older one up to date; migrations/versions has the steps
    keys         API keys, hashed
    tokens       signed links to one report
    reports      reports and their versions; what a report says is none of its business
"""
