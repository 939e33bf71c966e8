// Parcels one after another, in the order of the input; then random moves that shorten the way.
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <random>
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

static int apart(const Place &a, const Place &b) { return std::abs(a.x - b.x) + std::abs(a.y - b.y); }

// The length of the whole way, from the depot (places[0]) and back to it.
static int length(const std::vector<Place> &places, const std::vector<int> &route) {
  int way = 0, at = 0;
  for (int stop : route) {
    way += apart(places[at], places[stop + 1]);
    at = stop + 1;
  }
  return way + apart(places[at], places[0]);
}

// Whether no more parcels than the capacity are ever on board.
static bool fits(const std::vector<int> &route, int parcels, int capacity) {
  int load = 0;
  for (int stop : route) {
    load += stop < parcels ? 1 : -1;
    if (load > capacity) return false;
  }
  return true;
}

int main() {
  std::string text((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  std::vector<int> input = numbers(text);  // capacity, depot, from, to
  int parcels = (static_cast<int>(input.size()) - 3) / 4;
  std::vector<Place> places;
  for (std::size_t i = 1; i + 1 < input.size(); i += 2) places.push_back({input[i], input[i + 1]});
  std::vector<int> route;
  for (int k = 0; k < parcels; ++k) {
    route.push_back(k);
    route.push_back(parcels + k);
  }
  std::mt19937 random(1);
  int way = length(places, route);
  for (int step = 0; step < 300; ++step) {
    int parcel = random() % parcels;
    std::vector<int> moved;
    for (int stop : route) {
      if (stop % parcels != parcel) moved.push_back(stop);
    }
    int from = random() % (moved.size() + 1);
    int to = from + random() % (moved.size() + 1 - from);
    moved.insert(moved.begin() + to, parcels + parcel);
    moved.insert(moved.begin() + from, parcel);
    if (!fits(moved, parcels, input[0])) continue;
    int changed = length(places, moved);
    if (changed < way) {
      route = moved;
      way = changed;
    }
  }
  for (std::size_t i = 0; i < route.size(); ++i) std::printf("%s%d", i ? ", " : "[", route[i]);
  std::printf("]\n");
  std::fprintf(stderr, "%d\n", way);
}
