// Tries: from C++, connect to the internet.
// Stopped by: a network namespace with nothing in it
// Docker: ok
// Bubblewrap: ok
// Local: skip
#include <arpa/inet.h>
#include <cstdio>
#include <sys/socket.h>
int main() {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(443);
    inet_pton(AF_INET, "1.1.1.1", &to.sin_addr);
    int udp = socket(AF_INET, SOCK_DGRAM, 0);
    bool sent = sendto(udp, "x", 1, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) == 1;
    std::puts(sent ? "[\"sent\"]" : "[]");
}
