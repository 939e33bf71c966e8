"""What a program's text is: its syntax tree, its size, its likeness to others."""
