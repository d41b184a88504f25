"""Random trees of expressions for hypothesis."""

from hypothesis import strategies as st

from twin.parameters.language.expression import (
    CONSTANTS,
    FUNCTIONS,
    Argument,
    Call,
    Constant,
    Negative,
    Number,
    Operation,
    Reference,
)

ARGUMENTS = ("x", "T", "c_e")
PARAMETERS = ("Thickness [m]", "Negative electrode Young's modulus [Pa]", "Primary: k (b/c) 1.5 %")

numbers = st.floats(min_value=0, allow_nan=False, allow_infinity=False).map(Number)
leaves = st.one_of(
    numbers,
    st.sampled_from(ARGUMENTS).map(Argument),
    st.sampled_from(tuple(CONSTANTS)).map(Constant),
    st.sampled_from(PARAMETERS).map(Reference),
)


def calls(below):
    """Return calls with as many arguments as each function has."""

    def arguments(name):
        least, most = FUNCTIONS[name]
        lists = st.lists(below, min_size=least, max_size=min(most, 3))
        return lists.map(lambda parts: Call(name, tuple(parts)))

    return st.sampled_from(tuple(FUNCTIONS)).flatmap(arguments)


def grown(below):
    """Return one more level of nodes."""
    operators = st.sampled_from(("+", "-", "*", "/", "**"))
    return st.one_of(
        st.builds(Operation, operators, below, below),
        st.builds(Negative, below),
        calls(below),
        st.builds(
            Reference,
            st.sampled_from(PARAMETERS),
            st.lists(below, min_size=1, max_size=3).map(tuple),
        ),
    )


trees = st.recursive(leaves, grown, max_leaves=30)
# what Python and BPX read too: operators, and three functions of x
plain_leaves = st.one_of(
    st.floats(min_value=0.01, max_value=100).map(Number), st.just(Argument("x"))
)


def plain_grown(below):
    """Return one more level of what BPX has."""
    operators = st.sampled_from(("+", "-", "*", "/", "**"))
    names = st.sampled_from(("exp", "tanh", "cosh"))
    return st.one_of(
        st.builds(Operation, operators, below, below),
        st.builds(Negative, below),
        st.builds(lambda name, part: Call(name, (part,)), names, below),
    )


plain_trees = st.recursive(plain_leaves, plain_grown, max_leaves=15)
