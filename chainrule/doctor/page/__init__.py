"""What the doctor found as HTML: a page that needs nothing from outside, and a fragment for notebooks."""
