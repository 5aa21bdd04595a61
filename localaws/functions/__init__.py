"""Lambda functions: each deployed zip runs in warm processes of its own, as Lambda's execution environments do."""
