"""The metadata document of a decision point.

Source: OpenID AuthZEN Authorization API 1.0, section on metadata; AuthZEN obligations profile (draft) for
`supported_obligations`.
"""

from __future__ import annotations

OBLIGATION_TYPES = ("custom",)
"""Types of obligation that an answer can carry, while they are switched on."""


def metadata(base: str, *, obligations: bool = False) -> dict[str, str | list[str]]:
    """The document of the decision point whose URLs begin with `base`, which comes from the settings."""
    found: dict[str, str | list[str]] = {
        "policy_decision_point": base,
        "access_evaluation_endpoint": f"{base}/access/v1/evaluation",
        "access_evaluations_endpoint": f"{base}/access/v1/evaluations",
        "search_subject_endpoint": f"{base}/access/v1/search/subject",
        "search_resource_endpoint": f"{base}/access/v1/search/resource",
        "search_action_endpoint": f"{base}/access/v1/search/action",
    }
    return found | {"supported_obligations": list(OBLIGATION_TYPES)} if obligations else found
