// Tries: from C++, an illegal instruction.
// Stopped by: a process of its own
// Docker: crash
// Bubblewrap: crash
// Local: crash
int main() { __builtin_trap(); }
