"""The audit: what makes a causal benchmark unfair or impossible, found by sampling and drawing it."""

from __future__ import annotations

from scmgen.checks.audit.audit import Audit, N, audit

__all__ = ["Audit", "N", "audit"]
