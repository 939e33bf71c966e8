// Tries: from C++, write without end to both outputs.
// Stopped by: output and log have limits
// Docker: invalid
// Bubblewrap: invalid
// Local: invalid
#include <cstring>
#include <unistd.h>
int main() {
    static char part[1 << 16];
    std::memset(part, 'x', sizeof part);
    for (;;)
        if (write(1, part, sizeof part) < 0 || write(2, part, sizeof part) < 0) return 1;
}
