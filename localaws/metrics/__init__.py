"""CloudWatch: metrics made of what happens here, metric math, and alarms that follow them."""
