"""What happens to every request around its route, as plain ASGI.

From the outside: `access` logs, `faults` answers what nobody expected, `hosts` and `keys` guard, `methods` answers
HEAD and OPTIONS.
"""
