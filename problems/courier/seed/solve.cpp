// Parcels one after another, in the order of the input.
#include <cctype>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

struct Place {
  int x, y;
};

// Every integer of a text, in order: the input is JSON, but its numbers come in a fixed order.
static std::vector<int> numbers(const std::string &text) {
  std::vector<int> found;
  for (std::size_t i = 0; i < text.size();) {
    if (std::isdigit(static_cast<unsigned char>(text[i]))) {
      std::size_t used = 0;
      found.push_back(std::stoi(text.substr(i), &used));
      i += used;
    } else {
      ++i;
    }
  }
  return found;
}

int main() {
  std::string text((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  std::vector<int> input = numbers(text);  // capacity, depot, from, to
  int parcels = (static_cast<int>(input.size()) - 3) / 4;
  std::vector<Place> places;
  for (std::size_t i = 3; i + 1 < input.size(); i += 2) places.push_back({input[i], input[i + 1]});
  std::vector<int> route;
  for (int k = 0; k < parcels; ++k) {
    route.push_back(k);
    route.push_back(parcels + k);
  }
  for (std::size_t i = 0; i < route.size(); ++i) std::printf("%s%d", i ? ", " : "[", route[i]);
  std::printf("]\n");
}
