"""The commands of the command line, a file a subject; each imports what it needs when it is called."""
