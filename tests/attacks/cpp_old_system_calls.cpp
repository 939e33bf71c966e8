// Tries: from C++, the 32-bit system calls, whose numbers a careless filter does not know.
// Stopped by: the filter ends a process that calls for another architecture
// Docker: refused or crash
// Bubblewrap: refused or crash
// Local: not contained
#include <cstdio>
int main() {
    long result = 20;  // getpid
#if defined(__x86_64__)
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
    std::puts(result > 0 ? "[\"called\"]" : "[]");
#else
    std::puts("[]");
#endif
}
