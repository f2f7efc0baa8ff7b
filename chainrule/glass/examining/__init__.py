"""A learner's own backward pass, with the wrong term named: `cr.examine`."""
