"""Auto Scaling groups that act by themselves: they launch, replace and scale in by the clock, and say what they did."""
