"""What `chainrule odds` can be asked of: a lesson, a run, a data set, a function in somebody's file."""
