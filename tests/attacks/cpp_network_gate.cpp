// Tries: from C++ and with a network, open a tunnel to a host that is not listed.
// Stopped by: the gate, whatever language asks
// Network: listed
// Docker: ok
// Bubblewrap: ok
// Local: not contained

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

static std::string ask(const char *head) {
    int line = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in gate{};
    gate.sin_family = AF_INET;
    gate.sin_port = htons(3128);
    inet_pton(AF_INET, "127.0.0.1", &gate.sin_addr);
    if (connect(line, reinterpret_cast<sockaddr *>(&gate), sizeof gate) != 0) return "";
    if (write(line, head, std::strlen(head)) < 0) return "";
    char answer[512] = {};
    ssize_t size = read(line, answer, sizeof answer - 1);
    close(line);
    return size > 0 ? answer : "";
}

int main() {
    bool loot = false;
    for (const char *host : {"127.0.0.1:22", "localhost:22", "[::1]:22", "0:22", "169.254.169.254:80", "8.8.8.8:53"}) {
        std::string head = std::string("CONNECT ") + host + " HTTP/1.1\r\n\r\n";
        loot = loot || ask(head.c_str()).find(" 200 ") != std::string::npos;
    }
    std::puts(loot ? "[\"a tunnel\"]" : "[]");
}
