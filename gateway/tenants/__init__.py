"""Tenants: rule sets that are data, and the decisions made by them.

A tenant has nothing to do with the people of the consent ledger: its subjects and resources are what its file says.
"""

from gateway.tenants.errors import RuleSetError
from gateway.tenants.files import TenantFiles
from gateway.tenants.judgement import RuleVerdict, judge
from gateway.tenants.model import RuleSet
from gateway.tenants.rule_file import parse_rules
from gateway.tenants.running import Tenants
from gateway.tenants.search import find
from gateway.tenants.shelf import TenantShelf

__all__ = [
    "RuleSet",
    "RuleSetError",
    "RuleVerdict",
    "TenantFiles",
    "TenantShelf",
    "Tenants",
    "find",
    "judge",
    "parse_rules",
]
