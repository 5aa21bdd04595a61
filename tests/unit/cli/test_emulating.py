"""What a shell has to export to use the embedded AWS."""

from __future__ import annotations

from cli.emulating import changes, exports

NOW = {"AWS_PROFILE": "mine", "AWS_REGION": "eu-west-1", "PATH": "/bin"}
WANTED = {"AWS_REGION": "eu-west-1", "PATH": "/bin", "AWS_ENDPOINT_URL": "http://x", "A": "it's"}


def test_only_what_differs_is_exported_and_what_would_lead_elsewhere_is_unset() -> None:
    assert exports(NOW, WANTED) == [
        "unset AWS_PROFILE",
        """export A='it'"'"'s'""",
        "export AWS_ENDPOINT_URL=http://x",
    ]


def test_a_program_is_told_the_same() -> None:
    assert changes(NOW, WANTED) == {"AWS_PROFILE": None, "A": "it's", "AWS_ENDPOINT_URL": "http://x"}
