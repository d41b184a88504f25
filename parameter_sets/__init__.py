"""Parameter sets as data; imported as ``twin.parameter_sets``."""

if __name__ != "twin.parameter_sets":
    raise ImportError(
        "import twin.parameter_sets, not parameter_sets "
        "(run 'pip install -e .' in the repository root)"
    )
