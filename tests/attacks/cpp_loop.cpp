// Tries: from C++, block every signal and loop.
// Stopped by: the supervisor's clock
// Docker: timeout
// Bubblewrap: timeout
// Local: timeout
#include <csignal>
int main() {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, nullptr);
    for (volatile unsigned long n = 0;; n = n + 1) {
    }
}
