"""Images from elsewhere, with a table of labels, as a data set of the same form as a generated one."""
