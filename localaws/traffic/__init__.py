"""Real HTTP on loopback, balanced as the load balancers' listeners say."""
