// Tries: from C++, fork until the machine stands still.
// Stopped by: the pids limit; RLIMIT_NPROC of the user namespace
// Docker: timeout or crash
// Bubblewrap: timeout or crash
// Local: skip
#include <unistd.h>
int main() {
    for (;;) fork();
}
