"""Status of a candidate: failure is a value, never an exception inside a batch."""

from enum import IntEnum


class Status(IntEnum):
    """Code stored for each candidate; 0 is the store's fill value, so an unwritten candidate reads as pending."""

    PENDING = 0
    OK = 1
    NOT_CONVERGED = 2
    DEPLETED = 3
    NON_FINITE = 4
    INVALID_INPUT = 5
    STEP_BUDGET_EXHAUSTED = 6


MEANINGS = {
    Status.PENDING: "not computed yet",
    Status.OK: "finished",
    Status.NOT_CONVERGED: "the scalar electrode equation did not converge in some step",
    Status.DEPLETED: "the imposed current could not be carried: the electrode ran out of reactant without a cut-off",
    Status.NON_FINITE: "an input or a result is not finite",
    Status.INVALID_INPUT: "a property of the candidate is outside its physical range",
    Status.STEP_BUDGET_EXHAUSTED: "the protocol was not finished within the allowed number of time steps",
}
