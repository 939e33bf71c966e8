"""Tries: with a network, reach a host that is not listed, by every way to spell it and to hide it beside a listed one.
Stopped by: the gate reads a host in one way only, and refuses whatever is not exactly listed
Network: listed
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import socket


def ask(head):
    with socket.create_connection(("127.0.0.1", 3128), timeout=1) as line:
        line.sendall(head)
        return line.recv(1000)


def run(world):
    port, listed = world["port"], f"127.0.0.1:{world['listed']}"
    hosts = ["localhost", "LOCALHOST.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1",
             "127.0.0.1.", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "0.0.0.0", "[::]", "0",
             "host.docker.internal", "metadata.google.internal", "127.0.0.1", "1２7.0.0.1", "localhost%00.example.com",
             *world["addresses"]]  # fmt: skip
    asked = [f"{host}:{port}" for host in hosts]
    asked += [f"{listed}@127.0.0.1:{port}", f"127.0.0.1:{port}#{listed}", f"127.0.0.1:{port}/{listed}",
              f"127.0.0.1:{port}?{listed}", f"127.0.0.1:{port}\\@{listed}", f"{listed} 127.0.0.1:{port}",
              f"127.0.0.1:{port} {listed}", f"{listed}\r\nHost: 127.0.0.1:{port}", f"{listed},127.0.0.1:{port}",
              "169.254.169.254:80", "[fd00:ec2::254]:80", "100.100.100.200:80"]  # fmt: skip
    loot = []
    for one in asked:
        for head in (f"CONNECT {one} HTTP/1.1\r\n\r\n", f"GET http://{one}/ HTTP/1.1\r\n\r\n"):
            answer = ask(head.encode())
            # A header in the middle of a listed host's request only reaches the listed host.
            if (
                b" 200 " in answer
                and b"listed" not in answer
                and listed not in head.split("\r\n")[0]
            ):
                loot.append(f"{head!r} gave {answer!r}")
    return loot
