// Tries: from C++, read files of the host.
// Stopped by: they are not in its root
// Docker: ok
// Bubblewrap: ok
// Local: not contained
#include <cstdio>
#include <initializer_list>
int main() {
    for (const char* path : {"/etc/shadow", "/var/run/docker.sock", "/root/.bashrc"}) {
        if (std::FILE* file = std::fopen(path, "r")) {
            std::fclose(file);
            std::puts("[\"opened a file\"]");
            return 0;
        }
    }
    std::puts("[]");
}
