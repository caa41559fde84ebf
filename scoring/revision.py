"""Name the version of the scorer that a stored score depends on."""

#: Raised by the commit that changes any number or any byte of a result; stored beside every score.
SCORER_REVISION: int = 3

#: The released version of the library, for people; scores depend on `SCORER_REVISION` alone.
SCORER_VERSION: str = "0.1.0"
