"""The version of this package, recorded in every result."""

VERSION = "0.1.0"
