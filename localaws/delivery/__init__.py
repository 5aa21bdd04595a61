"""EventBridge: events that match reach their targets in the background, are retried, and are fired by schedules."""
