// Tries: from C++, trace its parent.
// Stopped by: the system-call filter ends the process
// Docker: refused
// Bubblewrap: refused
// Local: not contained
#include <cstdio>
#include <sys/ptrace.h>
#include <unistd.h>
int main() {
    if (ptrace(PTRACE_SEIZE, getppid(), nullptr, nullptr) == 0) {
        std::puts("[\"traced its runner\"]");
        return 0;
    }
    std::puts("[]");
}
