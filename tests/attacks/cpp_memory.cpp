// Tries: from C++, take memory without end.
// Stopped by: the memory limit
// Docker: out_of_memory
// Bubblewrap: crash or out_of_memory
// Local: crash or out_of_memory
#include <cstdlib>
#include <cstring>
int main() {
    for (;;) {
        char* part = static_cast<char*>(std::malloc(8 << 20));
        if (part == nullptr) std::abort();
        std::memset(part, 1, 8 << 20);
    }
}
