"""Where numbers are measured under differential privacy: the only code that calls OpenDP and sees people's rows at once.

It runs in a process of its own (`gateway/aggregates/worker.py`), because OpenDP takes seconds and hundreds of megabytes to load;
the gateway never imports it.
"""

from privacy.measuring.audits import Finding, accounting, audit_plan
from privacy.measuring.figures import body_of
from privacy.measuring.participation import left_out, names_in
from privacy.measuring.plans import Measurement, measurement_of
from privacy.measuring.preparing import prepare

__all__ = [
    "Finding",
    "Measurement",
    "accounting",
    "audit_plan",
    "body_of",
    "left_out",
    "measurement_of",
    "names_in",
    "prepare",
]
