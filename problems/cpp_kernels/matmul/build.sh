# The kernel is linked statically: started with no right to open a file, it could load no library.
set -e
g++ -std=c++17 -O1 -o host host.cpp
g++ -std=c++17 -O2 -march=native -static -o kernel main.cpp kernel.cpp
