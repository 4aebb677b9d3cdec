"""What pack and review together show: the verdict that a decision is held against, and what a condition must name.

The core is sealed by duty 7 and so cannot hold what duty 7 itself, the risk review and the recommendation came to. The
review does, and it is signed with the pack: a run of which the core says PASS and the recommendation FAIL is a FAIL
(loop.md: no GO without duty 7's verified pack and every hard criterion PASS).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast, get_args

from gonogo_evidence.verdict import Verdict, worst
from gonogo_policies.results import as_list, as_object, check_verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_evidence.ids import JSON, JSONObject

RECOMMENDATION = "recommendation.json"
"""The file of the review that says what the whole run came to."""


class Shown(NamedTuple):
    """The verdict of the whole run, and the ids of what could not be shown."""

    verdict: Verdict
    inconclusive: tuple[str, ...]


def shown_by(core: JSONObject, recommendation: JSONObject) -> Shown:
    """The worse of what the core and the recommendation say, and all that either of them could not show.

    A recommendation without a result (the duty crashed, or the file is not there) names nothing that a condition could
    cover: then the run is INCONCLUSIVE, nothing is named, and NO-GO is all that can be signed.

    Args:
        core: ``core/pack.json``.
        recommendation: ``review/recommendation.json``; empty where there is none.
    """
    sealed = check_verdict(core)
    said = _verdict(recommendation.get("result"))
    if said is None:
        return Shown("FAIL" if sealed == "FAIL" else "INCONCLUSIVE", ())
    verdicts: list[Verdict] = [sealed, said]
    for check in as_list(recommendation.get("checks")):
        verdicts.append(check_verdict(as_object(check)))  # noqa: PERF401 - a type that pyright follows
    names = dict.fromkeys([*_ids(core), *_ids(recommendation)])
    return Shown(worst(verdicts), tuple(names))


def _verdict(value: JSON) -> Verdict | None:
    return cast("Verdict", value) if value in get_args(Verdict) else None


def _ids(document: JSONObject) -> Iterator[str]:
    for item in as_list(document.get("inconclusive")):
        yield str(as_object(item).get("id"))
